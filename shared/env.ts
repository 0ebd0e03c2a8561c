import { type Static, type TObject, type TProperties, Type } from 'typebox'
import { findingsOf } from './validation.ts'

/** A start-up mistake the operator must mend; `main.ts` prints its message, never its stack. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The environment as a frozen, typed record. Values are coerced to the schema's types, defaults filled in; an
 * empty variable counts as unset.
 * @throws ConfigError naming every wrong variable at once, a line each.
 */
export function readEnvironment<Properties extends TProperties>(
  properties: Properties,
  environment: Environment,
): Readonly<Static<TObject<Properties>>> {
  const values: Record<string, unknown> = {}
  for (const name of Object.keys(properties)) {
    if (environment[name] !== undefined && environment[name] !== '')
      values[name] = environment[name]
  }
  const findings = findingsOf(Type.Object(properties), values)
  if (findings.length > 0) {
    const lines = findings.map(({ keyword, instancePath, message, params }) => {
      if (keyword === 'required') return `  ${params.missingProperty} is not set and must be`
      const name = instancePath.slice(1)
      return `  ${name} is "${environment[name]}": it ${message ?? 'is invalid'}`
    })
    throw new ConfigError(`The environment is wrong:\n${[...new Set(lines)].join('\n')}`)
  }
  return Object.freeze(values) as Readonly<Static<TObject<Properties>>>
}

const loopback = new Set(['localhost', '::1'])

/**
 * Until there are keys and certificates, only this machine may call: listening elsewhere is refused unless
 * `ALLOW_OPEN_LISTEN=yes` says so in so many words.
 * @throws ConfigError
 */
export function refuseOpenListen(host: string, allowed: string | undefined): void {
  if (loopback.has(host) || host.startsWith('127.') || allowed === 'yes') return
  throw new ConfigError(
    `IBREST_HOST is "${host}": that would offer trading without TLS or keys to everyone who can reach it.\n` +
      '  Listen on 127.0.0.1, or set ALLOW_OPEN_LISTEN=yes where something else guards the port.',
  )
}

/** The variables every HTTP service of ours reads. */
export const serviceEnvironment = {
  IBREST_HOST: Type.String({
    default: '127.0.0.1',
    minLength: 1,
    description: 'address to listen on; beyond this machine only with `ALLOW_OPEN_LISTEN=yes`',
  }),
  ALLOW_OPEN_LISTEN: Type.Optional(
    Type.String({
      enum: ['yes', 'no'],
      description: 'something else guards the port, so that it may be reached from elsewhere',
    }),
  ),
  LOG_LEVEL: Type.Unsafe<'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'>({
    type: 'string',
    enum: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    default: 'info',
    description: 'JSON lines from this level on; `info` has one for each call',
  }),
  BODY_LIMIT_BYTES: Type.Integer({
    default: 1_048_576,
    minimum: 1024,
    maximum: 67_108_864,
    description: 'the largest body that is read, bytes; a larger one is 413',
  }),
  SHUTDOWN_GRACE_MS: Type.Integer({
    default: 10_000,
    minimum: 0,
    maximum: 600_000,
    description: 'told to stop, it ends after so long at the latest, ms',
  }),
}
