import { type Static, Type } from 'typebox'
import { OneOf } from './value.ts'

/** Why one field was refused; the list is closed (S4.36 and D.1). */
export const FIELD_CODES = [
  'missing',
  'not_found',
  'not_string',
  'not_numeric',
  'not_integer',
  'not_boolean',
  'not_object',
  'not_array',
  'not_allowed',
  'is_zero',
  'is_negative',
  'not_positive',
  'too_small',
  'too_large',
  'bad_format',
] as const

/** One refused field: TESS' triple `endpoint, field, code` (S4.16), a sentence, and a JSON pointer. */
export const FieldError = Type.Object({
  endpoint: Type.String({ description: 'the path that was called' }),
  field: Type.String({ description: 'the parameter or member, dotted for nested ones' }),
  code: OneOf(FIELD_CODES),
  detail: Type.String(),
  pointer: Type.Optional(Type.String({ description: 'RFC 6901 pointer into the body' })),
})
export type FieldError = Static<typeof FieldError>

/** RFC 9457 problem with the extension members of D.1. */
export const ProblemDocument = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String({ description: 'urn of the request id' }),
    code: Type.String({ description: 'stable; PROXY_, INSTANCE_ and IB_ tell who spoke' }),
    retryable: Type.Boolean({ description: 'whether the same call may be sent again as it is' }),
    message: Type.String(),
    documentation_url: Type.Optional(
      Type.String({ description: 'where the proxy says what to do about it' }),
    ),
    errors: Type.Optional(Type.Array(FieldError)),
    errorCode: Type.Optional(Type.Integer({ description: "IB's own code" })),
    errorMsg: Type.Optional(Type.String({ description: "IB's own text" })),
    reqId: Type.Optional(Type.Integer()),
    client_id: Type.Optional(Type.Integer()),
  },
  { additionalProperties: true },
)
export type ProblemDocument = Static<typeof ProblemDocument>
