import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import t from 'tap'
import { Analysis } from '../../../instance/analysis.ts'
import { operations } from '../../../shared/api/index.ts'
import { ProblemDocument } from '../../../shared/schemas/problem.ts'
import { findingsOf } from '../../../shared/validation.ts'
import { readExamples } from '../../handbook/contract/examples.ts'
import { unclaimedProblems } from '../../handbook/contract/page-list.ts'
import { ANYWHERE } from '../../handbook/contract/problems-of.ts'
import { madeContract, pagesMade } from '../../handbook/contract/write.ts'

const root = join(import.meta.dirname, '../../..')
const committed = (path: string) => readFileSync(join(root, path), 'utf8')
const contract = JSON.parse(committed('docs/openapi.json')) as Record<string, unknown>

/** Operations that are carried to an instance and ask IB nothing. */
const ASK_NOTHING: ReadonlySet<string> = new Set([
  'getOrder',
  'listFilledOrders',
  'listOca',
  'getOca',
  'endPlans',
  'listSplits',
  'getSplit',
  'getSubscription',
  'listFeeds',
  'getIntervals',
  'endIdleFeeds',
])

/** Answers that are files, or the end of HTTP. */
const WITHOUT_EXAMPLE: ReadonlySet<string> = new Set([
  'getStatusPageFile 200',
  'getContractJson 200',
  'getContractYaml 200',
  'getDocs 200',
  'getDocsPage 200',
])

/** What callers of the proxy are not told: of a login, between proxy and instance, of what is asked nowhere. */
const UNCLAIMED: ReadonlySet<string> = new Set([
  'INSTANCE_EVENTS_GONE',
  'INSTANCE_STRANGER',
  'IB_CLIENT_ID_IN_USE',
  'IB_CALENDAR_FAILED',
])

t.test('S1.2 the contract that is committed and served is the one the code says', async (t) => {
  for (const [path, text] of await madeContract())
    t.ok(committed(path) === text, `${path} is out of date: npm run docs:openapi`)
})

t.test('S1.N4 the pages beside it are made of the same code', async (t) => {
  for (const [path, text] of pagesMade())
    t.ok(committed(path) === text, `${path} is out of date: npm run docs:openapi`)
})

t.test('the contract is valid OpenAPI 3.1', async (t) => {
  const verdict = await new Validator().validate(structuredClone(contract))
  t.match(verdict, { valid: true }, JSON.stringify(verdict.errors)?.slice(0, 2000))
  t.equal(contract.openapi, '3.1.0')
})

t.test('everything the contract refers to is there, and all of it is referred to', async (t) => {
  const components = contract.components as Record<string, Record<string, unknown>>
  const referred = new Set(
    [...JSON.stringify(contract).matchAll(/"\$ref":"#\/components\/([^"]+)"/g)].map(([, at]) => at),
  )
  const there = Object.entries(components).flatMap(([kind, each]) =>
    Object.keys(each).map((name) => `${kind}/${name}`),
  )
  t.same(
    [...referred].filter((at) => !there.includes(at ?? '')),
    [],
  )
  const idle = there.filter((at) => /^(schemas|parameters|headers)\//.test(at) && !referred.has(at))
  t.same(idle, [])
})

t.test(
  'every operation says what it is, how it is carried, and each problem it may meet',
  async (t) => {
    const paths = contract.paths as Record<string, Record<string, Record<string, unknown>>>
    for (const { operationId, method, url, traffic, ib, schema } of operations) {
      const told = paths[url.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
      t.match(told, { operationId, 'x-traffic': traffic, tags: [String] }, operationId)
      const statuses = Object.keys(told?.responses as object)
      for (const status of Object.keys(schema.response))
        t.ok(statuses.includes(status), `${operationId} ${status}`)
      if (traffic !== 'local')
        t.equal(
          ib === undefined,
          ASK_NOTHING.has(operationId),
          `${operationId} says what IB is asked`,
        )
    }
    t.same(
      unclaimedProblems().filter((code) => !ANYWHERE.includes(code) && !UNCLAIMED.has(code)),
      [],
      'every problem belongs to an operation',
    )
  },
)

t.test('every answer that is no problem has an example from a running system', async (t) => {
  const examples = readExamples()
  for (const { operationId, schema } of operations) {
    for (const [status, answer] of Object.entries(schema.response)) {
      if ((answer as unknown) === ProblemDocument) continue
      if (WITHOUT_EXAMPLE.has(`${operationId} ${status}`)) continue
      t.ok(examples[operationId]?.[status], `${operationId} ${status}: npm run docs:examples`)
    }
  }
})

t.test('S1.14 every example fits its schema', async (t) => {
  for (const [operationId, byStatus] of Object.entries(readExamples())) {
    const operation = operations.find((each) => each.operationId === operationId)
    if (operation === undefined) {
      t.fail(`${operationId} is no operation any more: npm run docs:examples`)
      continue
    }
    const { response, body } = operation.schema
    for (const [status, example] of Object.entries(byStatus)) {
      const declared = response[Number(status)] as object | undefined
      if (example.answer !== undefined) {
        const otherwise = Number(status) === 200 ? Analysis : ProblemDocument
        const schema = declared ?? otherwise
        t.same(findingsOf(schema, structuredClone(example.answer)), [], `${operationId} ${status}`)
      }
      if (Number(status) < 300 && body !== undefined && example.body !== undefined)
        t.same(findingsOf(body, structuredClone(example.body)), [], `${operationId} body`)
    }
  }
})
