import { problem } from '../../shared/problem.ts'
import type { Terms } from './query.ts'

/** Work on one thing is done one after the other, in the order it came; things are told apart by a key. */
export class Turns<Key> {
  readonly #last = new Map<Key, Promise<unknown>>()

  /** Does the work when all before it is over. @throws Problem INSTANCE_BUSY when that takes longer than `terms` */
  async take<Result>(key: Key, terms: Terms, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key)
    const turn = inTime(before, terms).then(work)
    const queue = Promise.allSettled([before, turn])
    this.#last.set(key, queue)
    void queue.then(() => {
      if (this.#last.get(key) === queue) this.#last.delete(key)
    })
    return await turn
  }
}

async function inTime(before: Promise<unknown> | undefined, { deadlineAt }: Terms): Promise<void> {
  if (before === undefined) return
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, Math.max(0, deadlineAt - performance.now()), 'late')
  })
  const first = await Promise.race([before, late])
  clearTimeout(timer)
  if (first !== 'late') return
  const detail = 'Another call is still at work on the same; nothing was sent'
  throw problem('INSTANCE_BUSY', { detail, retryAfter: 1 })
}
