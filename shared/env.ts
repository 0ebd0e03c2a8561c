import { readFileSync } from 'node:fs'
import {
  type Static,
  type TObject,
  type TOptional,
  type TProperties,
  type TString,
  Type,
} from 'typebox'
import { findingsOf } from './validation.ts'

/** A start-up mistake the operator must mend; `main.ts` prints its message, never its stack. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

type Environment = Readonly<Record<string, string | undefined>>

/** Where a secret stands in a file, the variable of this name says in which. */
const FILE_TWIN = '_FILE'

/** A variable whose value nobody may see, and its twin that names a file which holds it. */
export function secret<const Name extends string>(
  name: Name,
  { description, pattern }: { readonly description: string; readonly pattern: string },
) {
  return {
    [name]: Type.Optional(Type.String({ pattern, isSecret: true, description })),
    [`${name}${FILE_TWIN}`]: Type.Optional(
      Type.String({ minLength: 1, description: `file with what would be \`${name}\`` }),
    ),
  } as Record<Name | `${Name}_FILE`, TOptional<TString>>
}

function isSecret(properties: TProperties, name: string): boolean {
  return (properties[name] as { readonly isSecret?: boolean } | undefined)?.isSecret === true
}

/** What a secret's file holds, without the line's end. @throws ConfigError, which says nothing of what is in it */
function secretIn(file: string, variable: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new ConfigError(`${variable} cannot be read: ${(error as Error).message}`)
  }
}

/**
 * The environment as a frozen, typed record. Values are coerced to the schema's types, defaults filled in; an
 * empty variable counts as unset. A secret that stands in a file is read from there.
 * @throws ConfigError naming every wrong variable at once, a line each; what a secret holds is not told.
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
  for (const name of Object.keys(properties).filter((one) => isSecret(properties, one))) {
    const twin = `${name}${FILE_TWIN}`
    if (values[twin] === undefined) continue
    if (values[name] !== undefined)
      throw new ConfigError(`${name} and ${twin} are both set; one of them must go`)
    values[name] = secretIn(String(values[twin]), twin)
  }
  const findings = findingsOf(Type.Object(properties), values)
  if (findings.length > 0) {
    const lines = findings.map(({ keyword, instancePath, message, params }) => {
      if (keyword === 'required') return `  ${params.missingProperty} is not set and must be`
      const name = instancePath.slice(1)
      if (isSecret(properties, name)) return `  ${name} is not usable: it ${message}`
      return `  ${name} is "${environment[name]}": it ${message ?? 'is invalid'}`
    })
    throw new ConfigError(`The environment is wrong:\n${[...new Set(lines)].join('\n')}`)
  }
  return Object.freeze(values) as Readonly<Static<TObject<Properties>>>
}

const loopback = new Set(['localhost', '::1'])

/** Whether only this machine can reach what listens on that address. */
export function isLoopback(host: string): boolean {
  return loopback.has(host) || host.startsWith('127.')
}

/** What guards a port by itself, and what is still to be set. */
export interface Guarded {
  readonly isGuarded: boolean
  /** what the operator may do, as the end of `Listen on 127.0.0.1, …` */
  readonly remedy: string
}

/**
 * Whoever has neither keys nor certificates may call from this machine only: listening elsewhere is refused unless the port is
 * guarded by itself or `ALLOW_OPEN_LISTEN=yes` says in so many words that something else does it.
 * @throws ConfigError
 */
export function refuseOpenListen(
  host: string,
  allowed: string | undefined,
  { isGuarded, remedy }: Guarded = { isGuarded: false, remedy: '' },
): void {
  if (isLoopback(host) || isGuarded || allowed === 'yes') return
  throw new ConfigError(
    `IBREST_HOST is "${host}": that would offer trading without TLS or keys to everyone who can reach it.\n` +
      `  Listen on 127.0.0.1, ${remedy}or set ALLOW_OPEN_LISTEN=yes where something else guards the port.`,
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
  MAX_HEADER_BYTES: Type.Integer({
    default: 16_384,
    minimum: 1024,
    maximum: 1_048_576,
    description: 'the largest head of a request that is read, bytes; a larger one is 431',
  }),
  HEADER_TIMEOUT_MS: Type.Integer({
    default: 10_000,
    minimum: 100,
    maximum: 600_000,
    description: 'a request whose head is not whole by then is 408, ms',
  }),
  BODY_TIMEOUT_MS: Type.Integer({
    default: 30_000,
    minimum: 100,
    maximum: 600_000,
    description: 'a request that is not whole by then, body and all, is 408, ms',
  }),
  METRICS_PORT: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 65_535,
      description: '`/metrics` has a port of its own and is gone from the other; 0: any free one',
    }),
  ),
  ALLOWED_HOSTS: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'names under which callers may know this address, with commas between, beside those of this machine; unset: any, but on loopback without keys only those of this machine',
    }),
  ),
  ...secret('INSTANCE_TOKEN', {
    pattern: '^[\\x21-\\x7e]{16,256}$',
    description:
      'what proxy and instances know each other by, at least 16 visible characters; an instance that has one answers nobody else',
  }),
  SHUTDOWN_GRACE_MS: Type.Integer({
    default: 10_000,
    minimum: 0,
    maximum: 600_000,
    description: 'told to stop, it ends after so long at the latest, ms',
  }),
}
