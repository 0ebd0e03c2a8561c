import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { parse } from 'yaml'
import { operations } from '../../shared/api/index.ts'
import { madePages } from '../handbook/contract/page-list.ts'
import { knownProblems } from '../handbook/contract/problem-table.ts'
import { pooled } from '../rig/pooled.ts'
import { proxied } from '../rig/proxied.ts'

const contract = readFileSync(join(import.meta.dirname, '../../docs/openapi.json'), 'utf8')

test('S1.16 the contract is served as it is committed, in both forms, and under the versioned prefix', async (t) => {
  const { url } = await proxied(t, 1)
  const json = await fetch(`${url}/openapi.json`)
  t.match(json.headers.get('content-type'), /^application\/json/)
  t.ok((await json.text()) === contract)
  const yaml = await fetch(`${url}/openapi.yaml`)
  t.match(yaml.headers.get('content-type'), /^application\/yaml/)
  t.same(parse(await yaml.text()), JSON.parse(contract))
  t.equal((await fetch(`${url}/api/v1/openapi.json`)).status, 200, 'S1.4')
  const known = { headers: { 'if-none-match': json.headers.get('etag') ?? '' } }
  t.equal((await fetch(`${url}/openapi.json`, known)).status, 304)
  const head = await fetch(`${url}/openapi.json`, { method: 'HEAD' })
  t.equal(head.headers.get('content-length'), String(Buffer.byteLength(contract)))
  t.equal((await fetch(`${url}/openapi.json?pretty=1`)).status, 422)
  t.equal((await fetch(`${url}/openapi.json`, { method: 'DELETE' })).status, 405)
})

test('S1.16 Swagger UI comes from this proxy alone, and its page allows nothing else', async (t) => {
  const { url } = await proxied(t, 1)
  const page = await fetch(`${url}/docs`)
  t.match(page.headers.get('content-security-policy'), /default-src 'none'; script-src 'self'/)
  const text = await page.text()
  const parts = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part]) => part ?? '')
  t.ok(parts.length > 5)
  for (const part of parts) {
    t.notMatch(part, /^(https?:)?\/\//, 'of no other host')
    const answer = await fetch(`${url}/${part}`)
    t.equal(answer.status, 200, part)
    await answer.body?.cancel()
  }
  const withSlash = await fetch(`${url}/docs/`, { redirect: 'manual' })
  t.match([withSlash.status, withSlash.headers.get('location')], [308, '../docs'])
  t.equal((await fetch(`${url}/docs/`)).url, `${url}/docs`)
  t.equal((await fetch(`${url}/docs/nothing`)).status, 404)
})

test('S1.N4 S1.N6 problems, status codes, limits, constants and symbols each have a page', async (t) => {
  const { url } = await proxied(t, 1)
  for (const { name, title } of madePages) {
    const answer = await fetch(`${url}/docs/${name}`)
    t.match(answer.headers.get('content-type'), /^text\/html/)
    t.match(await answer.text(), `<h1>${title}</h1>`)
  }
})

test('S4.10 a problem says where it is explained, and it is', async (t) => {
  const { call, url } = await pooled(t, 1)
  for (const path of ['/nowhere', '/contract', '/contract?symbol=NOSUCH', '/order/0.99']) {
    const { body } = await call(path)
    const [page, anchor] = String(body.documentation_url).split('#')
    const text = await (await fetch(`${url}${page}`)).text()
    t.ok(text.includes(`id="${anchor}"`), body.code)
    t.equal(body.type, `https://ibrest.dev/problems/${anchor}`)
  }
  const page = await (await fetch(`${url}/docs/problems`)).text()
  for (const { code } of knownProblems) t.ok(page.includes(`<code>${code}</code>`), code)
})

test('S1.3 operations are grouped, and the root names every one of them', async (t) => {
  const { url } = await proxied(t, 1)
  const { endpoints } = (await (await fetch(url)).json()) as { endpoints: Record<string, object> }
  const { paths, tags } = JSON.parse(contract) as {
    paths: Record<string, object>
    tags: { name: string }[]
  }
  t.same(Object.keys(paths).sort(), Object.keys(endpoints).sort())
  t.same(
    tags.map(({ name }) => name),
    [...new Set(operations.map(({ tag }) => tag))],
  )
})
