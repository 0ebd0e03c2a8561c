import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import t from 'tap'
import { startSystem } from '../rig/system.ts'

/** Where Debian's package `chromium` puts it. */
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const skip = existsSync(CHROMIUM) ? false : `no browser at ${CHROMIUM}: apt-get install chromium`
/** A browser on a machine that does other things takes its time, ms. */
const PATIENCE_MS = 60_000

t.setTimeout(240_000)

t.test('S1.16 Swagger UI in a browser', { skip }, async (t) => {
  const system = await startSystem(t, { poolSize: 2 })
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] })
  t.teardown(() => browser.close())

  t.test('shows every group, and tries a call out', async (t) => {
    const { page, complaints, hosts } = await open(browser, `${system.url}/docs`)
    await page.locator('.opblock-tag-section').first().waitFor()
    for (const tag of ['orders', 'account', 'history', 'market', 'clients'])
      t.equal(await page.locator(`#operations-tag-${tag}`).count(), 1, tag)
    t.equal(await page.getByText('Warning').count(), 0, 'nor had Swagger UI')
    if (process.env.PICTURE) await page.screenshot({ path: `${process.env.PICTURE}.top.png` })
    await page.locator('#operations-tag-clients').click()
    const beacon = page.locator('#operations-clients-getBeacon')
    await beacon.locator('.opblock-summary-control').click()
    await beacon.getByRole('button', { name: 'Try it out' }).click()
    await beacon.getByRole('button', { name: 'Execute' }).click()
    const answer = beacon.locator('.live-responses-table')
    await answer.waitFor()
    t.match(await answer.innerText(), /200[\s\S]*"alive": true/)
    await page.screenshot({ path: process.env.PICTURE ?? `${system.dataDir}/docs.png` })
    t.same(complaints, [], 'the browser had nothing to object to')
    t.same([...hosts], [new URL(system.url).host], 'nothing is asked of other hosts')
    await page.close()
  })

  t.test('an order can be tried out with the example that stands there', async (t) => {
    const { page } = await open(browser, `${system.url}/docs#/orders/placeOrder`)
    const place = page.locator('#operations-orders-placeOrder')
    await place.getByRole('button', { name: 'Try it out' }).click()
    await place.getByRole('button', { name: 'Execute' }).click()
    const answer = place.locator('.live-responses-table')
    await answer.waitFor()
    t.match(await answer.innerText(), /201[\s\S]*"totalQuantity": 10/)
    await page.close()
  })

  t.test('a problem leads to its row', async (t) => {
    const { page, complaints } = await open(browser, `${system.url}/docs/problems#proxy-paused`)
    const row = page.locator('#proxy-paused')
    t.match(await row.innerText(), /PROXY_PAUSED/)
    t.ok(await row.evaluate((element) => element.getBoundingClientRect().top < 700), 'in sight')
    if (process.env.PICTURE) await page.screenshot({ path: `${process.env.PICTURE}.problems.png` })
    await page.getByRole('link', { name: 'Constants' }).click()
    await page.waitForURL(`${system.url}/docs/constants`)
    t.same(complaints, [])
    await page.close()
  })
})

async function open(browser: Browser, url: string) {
  const page: Page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
  page.setDefaultTimeout(PATIENCE_MS)
  const complaints: string[] = []
  const hosts = new Set<string>()
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url())
    if (protocol !== 'data:') hosts.add(host)
  })
  await page.goto(url)
  return { page, complaints, hosts }
}
