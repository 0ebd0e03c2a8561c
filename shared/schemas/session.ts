import { type Static, Type } from 'typebox'
import { GRANTED_SCOPES } from '../api/scope.ts'
import { NullableString, OneOf } from './value.ts'

/** Who logs in. */
export const Login = Type.Object(
  {
    userName: Type.String({ minLength: 1, maxLength: 64 }),
    password: Type.String({ minLength: 1, maxLength: 256 }),
  },
  { additionalProperties: false },
)
export type Login = Static<typeof Login>

/** The token that fetches the next pair. */
export const Refresh = Type.Object(
  { refreshToken: Type.String({ minLength: 1, maxLength: 2000 }) },
  { additionalProperties: false },
)
export type Refresh = Static<typeof Refresh>

const When = Type.Object({
  datetime: Type.String({ format: 'date-time' }),
  timestamp: Type.Number({ description: 'seconds since 1970' }),
})

const tokens = {
  accessToken: Type.String({ description: 'for `Authorization: Bearer`' }),
  refreshToken: Type.String({ description: 'for `POST /session/refresh`, once' }),
  tokenType: Type.Literal('Bearer'),
  sessionId: Type.String(),
  expiresIn: Type.Integer({ description: 'of the access token, seconds' }),
  refreshExpiresIn: Type.Integer({ description: 'of the refresh token, seconds' }),
  sourceRef: { ...NullableString, description: '`Source-Ref` of the call' },
}

/** The next tokens of a session. */
export const Tokens = Type.Object(tokens)
export type Tokens = Static<typeof Tokens>

/** A session that has begun (S3.3, S3.4). */
export const Session = Type.Object({
  ...tokens,
  ...When.properties,
  userId: Type.String(),
  userName: Type.String(),
  scope: OneOf(GRANTED_SCOPES),
  heartbeatIntervalSeconds: Type.Integer({
    description: '`GET /beacon` that often tells soon enough that the proxy has gone',
  }),
  failedLoginAttempts: Type.Integer({
    description: 'wrong passwords at this proxy since the login before this one',
  }),
  rejectedLoginAttempts: Type.Integer({
    description: 'attempts since then that were not looked at, because there were too many',
  }),
  lastLogin: Type.Unsafe<Static<typeof When> | null>({
    description: 'the one before this; null: none since the proxy began',
    anyOf: [When, { type: 'null' }],
  }),
  products: Type.Array(Type.Object({ name: Type.String(), version: Type.String() })),
})
export type Session = Static<typeof Session>
