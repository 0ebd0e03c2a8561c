import { Counter, type Registry } from 'prom-client'

/** How calls fared at the gate. */
export const AUTH_OUTCOMES = [
  // let through
  'key',
  'session',
  'open',
  'socket',
  // refused
  'missing',
  'malformed',
  'wrong',
  'expired',
  'revoked',
  'locked-out',
  'busy',
  'forbidden',
  // logins and what follows them
  'login',
  'login-wrong',
  'login-locked-out',
  'refresh',
  'refresh-wrong',
  'refresh-reused',
  'logout',
] as const
export type AuthOutcome = (typeof AUTH_OUTCOMES)[number]

/** Counts how calls fared, all outcomes present from the start. */
export function authCounter(registry: Registry): (outcome: AuthOutcome) => void {
  const counter = new Counter({
    name: 'ibrest_auth_total',
    help: 'Calls by how they fared at the gate, and logins',
    labelNames: ['outcome'],
    registers: [registry],
  })
  const children = Object.fromEntries(
    AUTH_OUTCOMES.map((outcome) => [outcome, counter.labels(outcome)]),
  ) as Record<AuthOutcome, Counter.Internal>
  for (const child of Object.values(children)) child.inc(0)
  return (outcome) => children[outcome].inc()
}
