import { existsSync } from 'node:fs'
import axe, { type AxeResults } from 'axe-core'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import t from 'tap'
import { keyFile } from '../rig/keyed.ts'
import { proxied } from '../rig/proxied.ts'
import { System, startSystem } from '../rig/system.ts'
import { until } from '../rig/until.ts'

/** Where Debian's package `chromium` puts it. */
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const skip = existsSync(CHROMIUM) ? false : `no browser at ${CHROMIUM}: apt-get install chromium`
/** A browser on a machine that does other things takes its time, ms. */
const PATIENCE_MS = 30_000

t.setTimeout(240_000)

t.test('the status page in a browser', { skip }, async (t) => {
  const system = await startSystem(t, { poolSize: 3 })
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
  t.teardown(() => browser.close())
  const url = `${system.url}/status`

  t.test('a client that dies is seen, and seen to come back', async (t) => {
    const { page, complaints } = await open(browser, url)
    const state = page.locator('#clients-rows tr:not(.why)', { hasText: /^1/ }).locator('.state')
    await seen(() => state.innerText(), /idle/)
    // is killed again as often as it is started
    const isKilled = { enough: false }
    const killing = killAgainAndAgain(system, 1, isKilled)
    await seen(() => state.innerText(), /down/)
    await seen(() => page.locator('#alerts').innerText(), /Client 1 is not connected/)
    await seen(() => page.title(), /^\(1\)/)
    isKilled.enough = true
    await killing
    await seen(() => state.innerText(), /idle/)
    await seen(() => page.locator('#alerts').innerText(), /Nothing to report/)
    t.same(complaints, [], 'the browser had nothing to object to')
    await page.close()
  })

  t.test('a button drains a client once that is confirmed, and resumes it', async (t) => {
    const { page } = await open(browser, url)
    const drain = page.getByRole('button', { name: 'Drain client 2' })
    const dialog = page.getByRole('dialog')
    await drain.click()
    t.match(await dialog.innerText(), /gets no new calls.*orders can still be/s)
    await page.keyboard.press('Escape')
    t.equal((await system.pool()).clients[2]?.state, 'idle', 'nothing is done unless confirmed')
    await drain.click()
    await dialog.getByRole('button', { name: 'Drain client 2' }).click()
    await until(async () => (await system.pool()).clients[2]?.state === 'drained', 'drained')
    await page.getByRole('button', { name: 'Resume client 2' }).click()
    await dialog.getByRole('button', { name: 'Resume client 2' }).click()
    await until(async () => (await system.pool()).clients[2]?.state === 'idle', 'resumed')
    await page.close()
  })

  t.test('orders and all calls are paused and resumed, with a reason', async (t) => {
    const { page } = await open(browser, url)
    const dialog = page.getByRole('dialog')
    const press = async (name: string) => {
      await page.getByRole('button', { name: `${name}…` }).click()
      if (name === 'Pause orders') await dialog.getByRole('textbox').fill('a <b>fat</b> finger')
      await dialog.getByRole('button', { name }).click()
      await dialog.waitFor({ state: 'hidden' })
    }
    await press('Pause orders')
    t.match(await system.pool(), { orders: { paused: true, reason: 'a <b>fat</b> finger' } })
    await seen(
      () => page.locator('#orders-state').innerText(),
      /paused since.*a <b>fat<\/b> finger/,
    )
    await press('Resume orders')
    t.match(await system.pool(), { orders: { paused: false } })
    await press('Pause all calls')
    t.ok((await system.pool()).paused)
    await press('Resume all calls')
    t.equal((await system.pool()).paused, null)
    await page.close()
  })

  t.test('where there are keys the browser asks for one, and the page lives on it', async (t) => {
    const keys = await keyFile(t)
    const { url } = await proxied(t, 2, { KEYS_FILE: keys.path })
    const httpCredentials = { username: 'me', password: keys.admin }
    const { page, complaints } = await open(browser, `${url}/status`, { httpCredentials })
    await page.getByRole('button', { name: 'Drain client 1' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Drain client 1' }).click()
    const state = page.locator('#clients-rows tr:not(.why)', { hasText: /^1/ }).locator('.state')
    await seen(() => state.innerText(), /drained/)
    t.same(complaints, [], 'the browser had nothing to object to')
    await page.close()
  })

  t.test('focus stays where it is while everything around it changes', async (t) => {
    const { page } = await open(browser, url)
    const drain = page.getByRole('button', { name: 'Drain client 1' })
    await drain.focus()
    const before = await page.locator('#live-text').innerText()
    await fetch(`${system.url}/account/positions`)
    await until(async () => (await page.locator('#live-text').innerText()) !== before, 'news')
    t.equal(await focused(page), 'Drain client 1')
    await page.keyboard.press('Enter')
    t.ok(await page.getByRole('dialog').isVisible(), 'it works from the keyboard')
    await page.keyboard.press('Escape')
    t.equal(await focused(page), 'Drain client 1', 'it returns there from the question')
    await page.close()
  })

  t.test('held, the display stands still and says that it is not live', async (t) => {
    const { page } = await open(browser, url)
    await page.getByRole('button', { name: 'Hold the display' }).click()
    t.match(await page.locator('#live-text').innerText(), /Held since .*not live/)
    const calls = page.locator('#recent-rows')
    const before = await calls.innerText()
    await fetch(`${system.url}/contract?symbol=AAPL`)
    await page.getByRole('button', { name: 'Hold the display' }).click()
    await seen(() => calls.innerText(), /GET \/contract\b/)
    t.notMatch(before, /GET \/contract\b/)
    await page.close()
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    t.test(`nobody is shut out, ${colorScheme}`, async (t) => {
      await fetch(`${system.url}/clients/2/drain`, { method: 'POST' })
      await fetch(`${system.url}/market/NOPE`)
      const { page } = await open(browser, url, { colorScheme })
      await seen(() => page.locator('#alerts').innerText(), /Client 2 takes no new calls/)
      t.same(await violations(page), [], 'the page')
      await page.getByRole('button', { name: 'Pause orders…' }).click()
      t.same(await violations(page), [], 'the question')
      await page.close()
      await fetch(`${system.url}/clients/2/resume`, { method: 'POST' })
    })
  }

  t.test('on a phone nothing needs to be moved sideways', async (t) => {
    for (const width of [320, 375, 430]) {
      const { page } = await open(browser, url, { viewport: { width, height: 800 } })
      const content = await page.evaluate<number>('document.documentElement.scrollWidth')
      t.equal(content, width)
      await page.close()
    }
  })

  t.test('the page says when the proxy has gone, and finds the next one', async (t) => {
    const { page } = await open(browser, url)
    const drain = page.getByRole('button', { name: 'Drain client 0' })
    t.equal(await drain.getAttribute('aria-disabled'), 'false')
    await system.stop()
    const gone = page.locator('#gone')
    await seen(() => gone.innerText(), /No word from the proxy since \d/)
    t.equal(await drain.getAttribute('aria-disabled'), 'true')
    t.match(await page.locator('#clients-rows').innerText(), /idle/, 'what was known is kept')
    await drain.click({ force: true })
    t.notOk(await page.getByRole('dialog').isVisible())
    t.same(await violations(page), [], 'also for those who cannot see that it is grey')
    const next = new System(system.ports, system.dataDir, system.poolSize, {})
    t.teardown(() => next.stop())
    await next.ready()
    await until(async () => !(await gone.isVisible()), 'it is found', PATIENCE_MS)
    t.equal(await drain.getAttribute('aria-disabled'), 'false')
    await page.close()
  })
})

/** The page with its first snapshot, and what the browser objects to from then on. */
async function open(
  browser: Browser,
  url: string,
  look: BrowserContextOptions = {},
): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage(look)
  page.setDefaultTimeout(PATIENCE_MS)
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(url)
  await page.locator('#clients-rows .state').first().waitFor()
  return { page, complaints }
}

/** Waits until a text of the page is as it should be. */
async function seen(read: () => Promise<string>, pattern: RegExp): Promise<void> {
  await until(async () => pattern.test(await read()), String(pattern), PATIENCE_MS)
}

/** The name of what has the focus. */
function focused(page: Page): Promise<string> {
  return page.evaluate<string>('document.activeElement.getAttribute("aria-label")')
}

/** What is wrong for people with other eyes and hands, by the rules of WCAG and good practice. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations: found } = await page.evaluate<AxeResults>('axe.run()')
  return found.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))
}

async function killAgainAndAgain(
  system: System,
  clientId: number,
  isKilled: { enough: boolean },
): Promise<void> {
  while (!isKilled.enough) {
    try {
      const { pid } = await system.instance(clientId)
      process.kill(pid, 'SIGKILL')
    } catch {
      // not there at the moment
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
