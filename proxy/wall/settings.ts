import { Type } from 'typebox'
import { ConfigError, isLoopback } from '../../shared/env.ts'
import { addressRule } from './addresses.ts'

/** What decides who may reach the proxy, and how. */
export const wallEnvironment = {
  IBREST_TLS: Type.Unsafe<'on' | 'off' | 'auto'>({
    type: 'string',
    enum: ['on', 'off', 'auto'],
    default: 'auto',
    description: '`auto`: TLS is spoken beyond this machine, and not on it',
  }),
  TLS_CERT_FILE: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'certificate and those above it, PEM, read again when it changes and on SIGHUP; unset: `ibrest.crt` and `ibrest.key` in `DATA_DIR`, made where they are missing',
    }),
  ),
  TLS_KEY_FILE: Type.Optional(Type.String({ minLength: 1, description: 'its key, PEM' })),
  DATA_DIR: Type.String({
    default: 'data',
    minLength: 1,
    description: 'folder of the certificate that the proxy makes itself',
  }),
  ALLOW_FROM: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'whose calls are taken, with commas: `10.0.0.1`, `10.0.0.0/8`, `2001:db8::/32`, `10.0.*`; unset: anybody’s',
    }),
  ),
  ALLOW_FROM_OTHERS: Type.Unsafe<'403' | 'drop'>({
    type: 'string',
    enum: ['403', 'drop'],
    default: '403',
    description: '`drop`: others get no answer at all',
  }),
  TRUST_PROXY: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'whose `X-Forwarded-For` tells the address of the caller, written as in `ALLOW_FROM`; unset: nobody’s',
    }),
  ),
  CORS_ALLOWED_ORIGINS: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'origins whose pages may call from a browser, such as `https://desk.example`, with commas; unset: none but our own',
    }),
  ),
  MAX_CONNECTIONS: Type.Integer({
    default: 10_000,
    minimum: 1,
    maximum: 1_000_000,
    description: 'connections of callers; one more is closed at once',
  }),
}

/** Whose certificate is shown, and where it comes from. */
export interface TlsSettings {
  readonly certFile: string | undefined
  readonly keyFile: string | undefined
  /** where our own is kept */
  readonly folder: string
  /** what it names beside this machine's own names */
  readonly names: readonly string[]
}

/** Who may reach the proxy, and how. */
export interface WallSettings {
  /** undefined: it speaks no TLS */
  readonly tls: TlsSettings | undefined
  readonly allowFrom: string | undefined
  readonly isSilent: boolean
  readonly trustProxy: string | undefined
  readonly allowedOrigins: readonly string[]
  readonly maxConnections: number
}

interface Values {
  readonly IBREST_HOST: string
  readonly IBREST_TLS: 'on' | 'off' | 'auto'
  readonly TLS_CERT_FILE?: string
  readonly TLS_KEY_FILE?: string
  readonly DATA_DIR: string
  readonly ALLOWED_HOSTS?: string
  readonly ALLOW_FROM?: string
  readonly ALLOW_FROM_OTHERS: '403' | 'drop'
  readonly TRUST_PROXY?: string
  readonly CORS_ALLOWED_ORIGINS?: string
  readonly MAX_CONNECTIONS: number
}

function listOf(text: string | undefined): string[] {
  const all = (text ?? '').split(',').map((each) => each.trim())
  return all.filter((each) => each !== '')
}

function tlsOf(values: Values): TlsSettings | undefined {
  const { IBREST_HOST, IBREST_TLS, TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile } = values
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new ConfigError('TLS_CERT_FILE and TLS_KEY_FILE belong together; only one is set')
  const isWanted = IBREST_TLS === 'on' || certFile !== undefined || !isLoopback(IBREST_HOST)
  if (IBREST_TLS === 'off' || !isWanted) return undefined
  const names = [...listOf(values.ALLOWED_HOSTS), IBREST_HOST]
  return {
    ...{ certFile, keyFile, folder: values.DATA_DIR },
    names: names.filter((name) => name !== '0.0.0.0' && name !== '::'),
  }
}

/** @throws ConfigError for what is no origin, such as one with a path */
function originsOf(text: string | undefined): readonly string[] {
  const origins = listOf(text)
  for (const origin of origins)
    if (URL.parse(origin)?.origin !== origin)
      throw new ConfigError(
        `CORS_ALLOWED_ORIGINS lists origins as browsers write them, https://desk.example:8443, each by itself; not ${origin}`,
      )
  return origins
}

/** The wall as its variables say. @throws ConfigError */
export function wallOf(values: Values): WallSettings {
  const { ALLOW_FROM, TRUST_PROXY } = values
  addressRule('ALLOW_FROM', ALLOW_FROM ?? '')
  addressRule('TRUST_PROXY', TRUST_PROXY ?? '')
  return Object.freeze({
    tls: tlsOf(values),
    allowFrom: ALLOW_FROM,
    isSilent: values.ALLOW_FROM_OTHERS === 'drop',
    trustProxy: TRUST_PROXY,
    allowedOrigins: originsOf(values.CORS_ALLOWED_ORIGINS),
    maxConnections: values.MAX_CONNECTIONS,
  })
}
