import { test } from 'tap'
import type { Feed } from '../../../../instance/feeds/feed.ts'
import type { OpenFeeds } from '../../../../instance/feeds/open-feeds.ts'
import { Subscriptions } from '../../../../instance/feeds/subscriptions.ts'
import { Table } from '../../../../shared/feed/table.ts'

test('while nobody can read, nobody is taken to have stopped reading', async (t) => {
  let left = 0
  let asked = 0
  const expired = await new Promise<string>((onExpired) => {
    const subscriptions = new Subscriptions({
      feeds: { leave: () => (left += 1) } as unknown as OpenFeeds,
      clientId: 0,
      expiryMs: 5,
      isReadable: () => {
        asked += 1
        return asked > 3
      },
      onExpired,
    })
    const feed = {
      state: 'gap',
      table: new Table({ capacity: 1 }),
      kind: { feed: { name: 'marketData', url: '/market/data' } },
    } as unknown as Feed
    subscriptions.add('grid', feed, { maxRows: 1, maxView: 1, movingView: true })
    // its own timers keep no process alive
    t.teardown(
      clearInterval.bind(
        undefined,
        setInterval(() => undefined, 50),
      ),
    )
  })
  t.equal(expired, 'marketData')
  t.equal(asked, 4, 'its time began anew as long as nobody could read')
  t.equal(left, 1)
})
