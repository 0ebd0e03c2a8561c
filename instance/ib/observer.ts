import type { GatewayEvent, GatewayWord } from './events.ts'
import type { Outcome } from './query.ts'
import type { Session, SessionState } from './session.ts'
import type { Verdict } from './verdicts.ts'

/** How long a session bears silence, ms. */
export interface SessionLimits {
  /** for the TCP connection and the gateway's first word */
  readonly connectTimeoutMs: number
  /** from there to nextValidId and the accounts */
  readonly greetingTimeoutMs: number
  /** without any word before the gateway is asked for the time */
  readonly quietMs: number
  /** for the answer to that */
  readonly silentMs: number
  readonly staleHoldMs: number
}

/** Who hears what a session lives through. */
export interface SessionObserver {
  moved(session: Session, state: SessionState): void
  /** IB behind the gateway was lost, or found again */
  cutOff(session: Session): void
  /** every event, also what the gateway says unasked: orders, fills, commissions */
  arrived(event: GatewayEvent, args: readonly unknown[]): void
  orderTrouble(word: GatewayWord, verdict: Extract<Verdict, { about: 'order' }>): void
  said(word: GatewayWord, verdict: Verdict): void
  frame(direction: 'in' | 'out'): void
  queryEnded(name: string, outcome: Outcome, seconds: number): void
  lateAnswer(name: string): void
}
