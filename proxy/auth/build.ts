import type { FastifyBaseLogger } from 'fastify'
import type { Registry } from 'prom-client'
import type { AuthConfig } from '../config.ts'
import { type AuthOutcome, authCounter } from './auth-metrics.ts'
import { Gate } from './gate.ts'
import { KeyRing } from './key-ring.ts'
import { ScryptDesk } from './scrypt.ts'
import { readSessionKey, TokenSeal } from './session-token.ts'
import { Sessions } from './sessions.ts'

/** Everything that knows who calls, put together. @throws ConfigError */
export function buildAuth(
  { keysFile, usersFile, sessionKeyFile, accessMs, sessionMs }: AuthConfig,
  log: FastifyBaseLogger,
  registry: Registry,
): {
  readonly gate: Gate
  readonly sessions: Sessions | undefined
  readonly count: (outcome: AuthOutcome) => void
} {
  const count = authCounter(registry)
  const desk = new ScryptDesk()
  const ring = keysFile === undefined ? undefined : new KeyRing(keysFile, desk, log)
  const key = sessionKeyFile === undefined ? undefined : readSessionKey(sessionKeyFile)
  const seal = new TokenSeal(key)
  const sessions =
    usersFile === undefined
      ? undefined
      : new Sessions({ usersFile, seal, desk, log, accessMs, sessionMs })
  return { gate: new Gate({ ring, sessions, count, log }), sessions, count }
}
