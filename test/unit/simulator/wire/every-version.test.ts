import { deepStrictEqual as same, throws } from 'node:assert'
import t from 'tap'
import type { Layout } from '../../../../simulator/wire/column.ts'
import { messages } from '../../../../simulator/wire/messages.ts'
import { requests } from '../../../../simulator/wire/requests.ts'
import { type FactsTable, factsMessages } from './facts-messages.ts'
import { factsRequests } from './facts-requests.ts'
import { type Row, Sampler, type Wanted } from './facts-sample.ts'

const VERSIONS = Array.from({ length: 16 }, (_, place) => 178 + place)

/** Kinds of orders and contracts whose messages have more fields than a plain one. */
const shapes: readonly (readonly [string, Wanted])[] = [
  ['all there is', { secType: 'STK', deltaNeutral: '1' }],
  ['a combination', { secType: 'BAG', deltaNeutral: '0', scalePriceIncrement: '0.5' }],
  ['without extras', { algoStrategy: '', hedgeType: '', scalePriceIncrement: '' }],
  ['PEG BENCH', { orderType: 'PEG BENCH' }],
  ['PEG BEST', { orderType: 'PEG BEST', exchange: 'IBKRATS' }],
  ['PEG MID', { orderType: 'PEG MID' }],
]

/** What a request may leave out and a message always says. */
const plainOrder = ['a plain order', { deltaNeutralOrderType: '', deltaNeutral: '0' }] as const

type Known = Readonly<Record<string, Layout<object>>>
interface Case {
  readonly name: string
  readonly table: string
  readonly layout: Layout<object> | undefined
}

function cases(tables: FactsTable, known: Known): Case[] {
  return Object.entries(tables).map(([title, table]) => {
    const [name = '', id] = title.split(' ')
    const layout =
      known[name] ?? Object.values(known).find((candidate) => String(candidate.id) === id)
    if (layout !== undefined && String(layout.id) !== id) throw new Error(`${title}: ${layout.id}`)
    return { name, table, layout }
  })
}

/** A row without what was read but never told: unset is unset, however it is spelt. */
function told(row: object, wanted: Row): Row {
  return Object.fromEntries(Object.keys(wanted).map((name) => [name, (row as Row)[name]]))
}

const isFieldError = { name: 'FieldError' }

/** Read to its end, written as it was read, and no length but its own is taken. */
function checkMessage(layout: Layout<object>, table: string, version: number): void {
  const isNamed = !/(^| )_[:*]/.test(table)
  for (const [shape, wanted] of shapes) {
    const { fields, row } = new Sampler(version, { wanted }).sample(table)
    const wire = [String(layout.id), ...fields]
    const read = layout.read(wire, version)
    same(layout.write(read, version), wire, `${shape}: written as it was read`)
    throws(() => layout.read([...wire, ''], version), isFieldError, `${shape}: too long`)
    if (fields.length > 0) {
      throws(() => layout.read(wire.slice(0, -1), version), isFieldError, `${shape}: too short`)
    }
    if (!isNamed) continue
    same(told(read, row), row)
    same(layout.write(row, version), wire)
  }
  if (!isNamed) return
  const unset = new Sampler(version, { bare: true }).sample(table)
  same(layout.write(unset.row, version), [String(layout.id), ...unset.fields])
}

/** Read to its end, and no length but its own is taken. */
function checkRequest(layout: Layout<object>, table: string, version: number): void {
  for (const [shape, wanted] of [...shapes, plainOrder]) {
    const { fields, row } = new Sampler(version, { wanted }).sample(table)
    const wire = [String(layout.id), ...fields]
    same(told(layout.read(wire, version), row), row)
    throws(() => layout.read([...wire, '', ''], version), isFieldError, `${shape}: too long`)
    // one client counts the options of this request, others do not: both lengths are right
    if (fields.length > 0 && layout.name !== 'reqFundamentalData') {
      throws(() => layout.read(wire.slice(0, -1), version), isFieldError, `${shape}: too short`)
    }
  }
}

for (const { name, table, layout } of cases(factsMessages, messages as unknown as Known)) {
  const todo = layout === undefined && 'this message is not spoken yet'
  t.test(`${name} is at every version what the facts say`, { todo }, (t) => {
    if (layout === undefined) t.fail('no layout')
    else {
      for (const version of VERSIONS) {
        t.doesNotThrow(() => checkMessage(layout, table, version), `at ${version}`)
      }
    }
    t.end()
  })
}

for (const { name, table, layout } of cases(factsRequests, requests as unknown as Known)) {
  t.test(`${name} is read at every version as the facts say`, (t) => {
    if (layout === undefined) throw new Error(`${name} is not known`)
    for (const version of VERSIONS) {
      t.doesNotThrow(() => checkRequest(layout, table, version), `at ${version}`)
    }
    t.end()
  })
}

t.test('a plain order has as many fields as the facts count', (t) => {
  const plain = { algoStrategy: '', hedgeType: '', scalePriceIncrement: '', deltaNeutral: '0' }
  const length = (table: string, version: number, wanted: Wanted = {}) =>
    1 +
    new Sampler(version, { bare: true, wanted: { ...plain, ...wanted } }).sample(table).fields
      .length
  const { 'openOrder 5': open = '', 'completedOrder 101': completed = '' } = factsMessages
  const { 'placeOrder 3': place = '' } = factsRequests
  t.equal(length(open, 178), 135)
  t.equal(length(open, 193), 141)
  t.equal(length(completed, 178), 100)
  t.equal(length(completed, 193), 102)
  t.equal(length(place, 178, { deltaNeutralOrderType: '' }), 114)
  t.equal(length(place, 193, { deltaNeutralOrderType: '' }), 118)
  t.end()
})
