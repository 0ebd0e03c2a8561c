import t from 'tap'
import type { TSchema } from 'typebox'
import { operations } from '../../../../shared/api/index.ts'

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly then?: Schema
  readonly else?: Schema
  readonly format?: string
  readonly description?: string
}

/** Every object a schema speaks of, with the place it has in the answer. */
function objectsIn(schema: Schema | undefined, place: string): [string, Schema][] {
  if (schema === undefined) return []
  const branches = [schema.then, schema.else, ...(schema.anyOf ?? [])]
  return [
    ...(schema.properties === undefined ? [] : [[place, schema] as [string, Schema]]),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, member]) =>
      objectsIn(member, `${place}.${name}`),
    ),
    ...objectsIn(schema.items, `${place}[]`),
    ...branches.flatMap((branch) => objectsIn(branch, place)),
  ]
}

const answers = operations.flatMap(({ operationId, schema }) =>
  Object.entries(schema.response as Record<string, TSchema>)
    .filter(([status]) => Number(status) < 300)
    .flatMap(([, each]) => objectsIn(each as Schema, operationId)),
)

/** The member of a feed's row that did not change, and what an event is not about (CloudEvents know no null), are left out. */
const LEFT_OUT =
  /(\.rows\[\]|\.marks\[\]|\.subject|subscriptionRef|\.request\b|\.timestamp|\.conflated|events\[\]\.account)/

t.test('S4.3 what is absent is null and not left out', async (t) => {
  const optional = answers.flatMap(([place, { properties = {}, required = [] }]) =>
    Object.keys(properties)
      .filter((name) => !required.includes(name))
      .map((name) => `${place}.${name}`),
  )
  t.same(
    optional.filter((each) => !LEFT_OUT.test(each)),
    [],
  )
})

/** Moments in the life of this system, of a CloudEvent, and what a caller has said himself. */
const TEXT_ALONE = new Set([
  'since',
  'connectedSince',
  'nextAt',
  'asOf',
  'at',
  'time',
  'startDateTime',
  'endDateTime',
])

t.test('S4.4 what has a time tells it as UTC text and as seconds since 1970', async (t) => {
  const times = answers.flatMap(([place, { properties = {} }]) =>
    Object.entries(properties)
      .filter(([, { format, description }]) =>
        format === 'date-time' ? true : description?.includes('ISO 8601'),
      )
      .map(([name]) => ({ place, name, members: Object.keys(properties) })),
  )
  t.ok(times.length > 20)
  for (const { place, name, members } of times) {
    if (TEXT_ALONE.has(name) || place.endsWith('.rows[]') || place.endsWith('.units')) continue
    t.ok(members.includes('timestamp') || members.includes(`${name}Timestamp`), `${place}.${name}`)
  }
})

t.test('S4.5 every list knows what a summary of its rows tells, and that is less', async (t) => {
  for (const { operationId, list, schema } of operations) {
    if (list === undefined) continue
    const answer = schema.response[200] as Schema
    const rows = list.member === undefined ? answer : answer.properties?.[list.member]
    const members = Object.entries(rows?.items?.properties ?? {}).flatMap(([name, member]) => [
      name,
      ...Object.keys(member.properties ?? {}).map((inner) => `${name}.${inner}`),
    ])
    for (const member of list.summary) t.ok(members.includes(member), `${operationId} ${member}`)
    for (const member of list.time ?? []) t.ok(members.includes(member), `${operationId} ${member}`)
    t.ok(list.summary.length < members.length, operationId)
  }
})

t.test('S4.22 every answer that is a list takes ranges', async (t) => {
  const lists = operations.filter(
    ({ method, schema }) =>
      method === 'GET' &&
      (schema.response[200] as { type?: unknown } | undefined)?.type === 'array',
  )
  t.same(
    lists.filter(({ list }) => list === undefined).map(({ operationId }) => operationId),
    [],
  )
})
