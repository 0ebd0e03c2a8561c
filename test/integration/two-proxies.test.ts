import t from 'tap'
import { pooled } from '../rig/pooled.ts'
import { serveProxy } from '../rig/served-proxy.ts'
import { until } from '../rig/until.ts'

const CALLERS = 12
const CALLS = 40

t.test(
  'two proxies before the same instances take turns, and no call overlaps another',
  async (t) => {
    const it = await pooled(t, 3)
    const INSTANCES = it.instances.map(({ url }) => url).join(',')
    const { proxy: second, url: secondUrl } = await serveProxy({ INSTANCES })
    t.teardown(() => second.stop())
    await until(() => second.pool.status().usable === 3, 'every instance usable')
    const answered = [0, 0]
    const statuses = new Set<number>()
    let atTheFirstEnd: number[] | undefined
    const drive = async (proxy: number, url: string) => {
      await Promise.all(
        Array.from({ length: CALLERS }, async () => {
          for (let call = 0; call < CALLS; call += 1) {
            const headers = { 'cache-control': 'no-cache' }
            const answer = await fetch(`${url}/account/positions`, { headers })
            await answer.body?.cancel()
            statuses.add(answer.status)
            answered[proxy] = (answered[proxy] ?? 0) + 1
          }
        }),
      )
      atTheFirstEnd ??= [...answered]
    }
    await Promise.all([drive(0, it.url), drive(1, secondUrl)])
    t.same([...statuses], [200], 'every call was answered')
    t.ok(
      Math.min(...(atTheFirstEnd ?? [0])) > (CALLERS * CALLS) / 2,
      `neither starved: ${atTheFirstEnd} of ${CALLERS * CALLS} each`,
    )
    for (const { instance, status } of it.instances) {
      t.equal((await status()).overlaps, 0)
      t.equal((await status()).inflight, 0)
      t.ok(instance.link.isUsable)
    }
  },
)
