import type { Test } from 'tap'
import { FeedReader } from './feed-reader.ts'
import type { Answered, Reached } from './instanced.ts'
import type { Parsed } from './parsed.ts'
import { inSequence, ReaderRows } from './reader-rows.ts'
import { until } from './until.ts'

/** A question as a query, beside what else stands in it. */
export function queryOf(question: object, more: object = {}): string {
  return new URLSearchParams({ ...question, ...more } as Record<string, string>).toString()
}

/** Subscribes to a feed. */
export function subscribe(
  { call }: Pick<Reached, 'call'>,
  url: string,
  question: object,
  sourceRef?: string,
): Promise<Answered> {
  return call(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(sourceRef !== undefined && { 'source-ref': sourceRef }),
    },
    body: JSON.stringify(question),
  })
}

/** What changed since a subscription was last read; waits for it up to so many seconds. */
export function poll(
  { call }: Pick<Reached, 'call'>,
  url: string,
  sourceRef: string,
  waitSeconds?: number,
): Promise<Answered> {
  return call(url, {
    headers: {
      'source-ref': sourceRef,
      ...(waitSeconds !== undefined && { prefer: `wait=${waitSeconds}` }),
    },
  })
}

/** A feed that is read by polling, waiting, streaming and as Atom, each into rows of its own. */
export async function readFourWays(t: Test, it: Reached, url: string, question: object) {
  const polling = new ReaderRows()
  const waiting = new ReaderRows()
  const first = await subscribe(it, url, question, 'polls')
  polling.take(first.body)
  waiting.take((await subscribe(it, url, question, 'waits')).body)
  const stream = new FeedReader(`${it.url}${url}?${queryOf(question)}`)
  t.teardown(() => stream.leave())
  return {
    first,
    /** all have the same rows, and these are right; each way is tried until that is so */
    async agree(isRight: (rows: readonly (readonly [string, Parsed])[]) => boolean): Promise<void> {
      await until(async () => {
        waiting.take((await poll(it, url, 'waits', isRight(waiting.all) ? undefined : 5)).body)
        return isRight(waiting.all)
      }, 'who waits has the rows')
      await until(async () => {
        polling.take((await poll(it, url, 'polls')).body)
        return isRight(polling.all)
      }, 'who polls has the rows')
      await until(() => isRight(inSequence(stream.rows)), 'the stream has told the rows')
      const same = JSON.stringify(waiting.all)
      t.equal(JSON.stringify(polling.all), same, 'polled')
      t.equal(JSON.stringify(inSequence(stream.rows)), same, 'streamed')
      const atom = await fetch(`${it.url}${url}?${queryOf(question)}`, {
        headers: { accept: 'application/atom+xml' },
      })
      const text = await atom.text()
      const ids = [...text.matchAll(/<entry>\s*<id>[^<]*:([^<]+)<\/id>/g)].map(([, id]) => id)
      t.same(new Set(ids), new Set(waiting.all.map(([rowRef]) => rowRef)), 'as Atom')
    },
  }
}
