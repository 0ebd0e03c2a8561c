import { setTimeout as pause } from 'node:timers/promises'

/** An order as a strategy asks for it, under a key that it keeps. */
export interface Wish {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
}

/** The answer a caller ended with. */
export interface Verdict {
  readonly wish: Wish
  readonly status: number
  /** the order, or a problem, which has neither */
  readonly body: { readonly id: string; readonly orderRef: string }
  readonly attempts: number
}

/** Final: acknowledged, or refused for good. All else is asked again under the same key. */
function isFinal(status: number): boolean {
  return status === 201 || status === 422
}

/**
 * Places one order, at whichever address `url` gives for an attempt, as an impatient strategy does: whatever goes wrong it sends the same call again, until it has an
 * answer that is final. @throws when none comes within `withinMs`
 */
export async function insist(
  url: string | (() => string),
  wish: Wish,
  withinMs: number,
): Promise<Verdict> {
  const giveUpAt = performance.now() + withinMs
  let last = 'nothing'
  for (let attempts = 1; performance.now() < giveUpAt; attempts += 1) {
    try {
      const answer = await fetch(`${typeof url === 'string' ? url : url()}/order`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-deadline-ms': '1500', ...wish.headers },
        body: JSON.stringify(wish.body),
        signal: AbortSignal.timeout(3000),
      })
      const body = JSON.parse(await answer.text())
      if (isFinal(answer.status)) return { wish, status: answer.status, body, attempts }
      last = `${answer.status} ${JSON.stringify(body).slice(0, 300)}`
    } catch (error) {
      last = String(error)
    }
    await pause(20 + (attempts % 7) * 15)
  }
  throw new Error(`no final answer within ${withinMs} ms to ${JSON.stringify(wish)}: ${last}`)
}
