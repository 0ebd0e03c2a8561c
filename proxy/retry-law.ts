import type { Ending } from './lease.ts'

/** When a call failed, as seen from here; the codes are those of an instance's own 503. */
export type Failure =
  | 'refused'
  | 'INSTANCE_BUSY'
  | 'INSTANCE_NOT_READY'
  | 'INSTANCE_SHUTTING_DOWN'
  | 'reset'
  | 'cut'
  | 'late'

/** What is done about a failure. */
export interface Law {
  /** nothing of the call was done: another slot may have it, whatever its method, once per slot */
  readonly again: boolean
  /** how the lease ends */
  readonly ending: Ending
  /** what its caller may do who is told of it: send any call again, only one that changes nothing */
  readonly retryable: 'any' | 'safe'
}

/** What may be sent again (design §3.5): only what was never sent, or what an instance says it did nothing with. */
export const RETRY_LAW: Readonly<Record<Failure, Law>> = {
  // no connection was made, or it was refused
  refused: { again: true, ending: 'lost', retryable: 'any' },
  INSTANCE_BUSY: { again: true, ending: 'turned-away', retryable: 'any' },
  INSTANCE_NOT_READY: { again: true, ending: 'lost', retryable: 'any' },
  INSTANCE_SHUTTING_DOWN: { again: true, ending: 'lost', retryable: 'any' },
  // the call had been written, no answer had begun
  reset: { again: false, ending: 'lost', retryable: 'safe' },
  // in the middle of the answer
  cut: { again: false, ending: 'lost', retryable: 'safe' },
  // the deadline passed; the instance still works, and its slot stays with the call
  late: { again: false, ending: 'finished', retryable: 'safe' },
}

/** Why an instance did nothing with a call, from the body of its 503; undefined where it says something else. */
export function turnedAway(body: Buffer): Failure | undefined {
  try {
    const { code } = JSON.parse(body.toString()) as { code?: Failure }
    return code !== undefined && RETRY_LAW[code]?.again ? code : undefined
  } catch {
    return undefined
  }
}

/** Whether a caller who is told of a failure may send the call again as it is. */
export function mayBeSentAgain(failure: Failure, method: string): boolean {
  return RETRY_LAW[failure].retryable === 'any' || method === 'GET' || method === 'HEAD'
}
