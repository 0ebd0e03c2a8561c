import { existsSync } from 'node:fs'
import { chromium, type Page } from 'playwright-core'
import t from 'tap'
import { rendezvous } from '../../proxy/owner.ts'
import { type System, startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

/** Where Debian's package `chromium` puts it. */
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const skip = existsSync(CHROMIUM) ? false : `no browser at ${CHROMIUM}: apt-get install chromium`
/** A browser on a machine that does other things takes its time, ms. */
const PATIENCE_MS = 60_000
const AAPL = 265598
const POOL = 3

t.setTimeout(240_000)

/** What a page has heard, in its own words. */
interface Heard {
  readonly sse: readonly string[]
  readonly ws: readonly string[]
  readonly bids: Readonly<Record<string, number>>
}

/** Has the page read two feeds, as any page would: one by EventSource, one on a WebSocket. */
async function listen(page: Page): Promise<void> {
  await page.evaluate(() => {
    const heard = { sse: [] as string[], ws: [] as string[], bids: {} as Record<string, number> }
    Object.assign(globalThis, { heard })
    const told = (by: 'sse' | 'ws', type: string, row: { symbol?: string; bid?: number }) => {
      heard[by].push(type)
      if (row.bid !== undefined) heard.bids[by] = row.bid
    }
    const source = new EventSource('/market/data?symbol=AAPL&fields=symbol%20bid')
    for (const type of ['insert', 'modify', 'gap.opened', 'reset', 'gap.closed'])
      source.addEventListener(type, (event) =>
        told('sse', type, JSON.parse((event as MessageEvent).data)),
      )
    source.addEventListener('error', () => told('sse', 'error', {}))
    const socket = new WebSocket('/ws')
    const wish = { feed: '/market/data', query: { symbol: 'AAPL', fields: ['symbol', 'bid'] } }
    socket.addEventListener('open', () =>
      socket.send(JSON.stringify({ type: 'subscribe', sourceRef: 'grid', ...wish })),
    )
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(data)
      told('ws', message.type, message.data ?? {})
    })
  })
}

async function heardBy(page: Page): Promise<Heard> {
  return await page.evaluate(() => (globalThis as unknown as { heard: Heard }).heard)
}

/** Kills an instance's process until the page has heard of it. */
async function killUntil(system: System, clientId: number, isHeard: () => Promise<boolean>) {
  await until(
    async () => {
      const { pid } = await system.instance(clientId).catch(() => ({ pid: undefined }))
      if (pid !== undefined) process.kill(pid, 'SIGKILL')
      return await isHeard()
    },
    'the page hears that the client was lost',
    PATIENCE_MS,
  )
}

t.test('a page reads feeds by EventSource and WebSocket', { skip }, async (t) => {
  const system = await startSystem(t, { poolSize: POOL })
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
  t.teardown(() => browser.close())
  const page = await (await browser.newContext()).newPage()
  await page.goto(`${system.url}/beacon`)
  await listen(page)
  const seen = (what: string, is: (heard: Heard) => boolean) =>
    until(async () => is(await heardBy(page)), what, PATIENCE_MS)

  await seen('prices by both', ({ bids }) => bids.sse !== undefined && bids.ws !== undefined)
  const begun = await heardBy(page)
  t.equal(begun.sse[0], 'insert')
  t.strictSame(begun.ws.slice(0, 2), ['subscribed', 'insert'])
  t.equal(await system.sent('reqMktData', rendezvous(`contract ${AAPL}`, POOL)), 1, 'one line')

  const marks = ['gap.opened', 'reset', 'gap.closed']
  await killUntil(system, rendezvous(`contract ${AAPL}`, POOL), async () =>
    (await heardBy(page)).sse.includes('gap.opened'),
  )
  await seen('both hear that it is over', ({ sse, ws }) =>
    [sse, ws].every((heard) => heard.includes('gap.closed')),
  )
  const after = await heardBy(page)
  for (const told of [after.sse, after.ws]) {
    const words = told.filter((type) => marks.includes(type))
    t.equal(words[0], 'gap.opened')
    t.equal(words.at(-1), 'gap.closed')
  }
  await seen('prices go on', ({ sse, ws }) => [sse, ws].every((heard) => heard.at(-1) === 'modify'))
  t.notOk(after.sse.includes('error'), 'the browser never lost its own connection')
})
