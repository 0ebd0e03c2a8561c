import fastify from 'fastify'
import t from 'tap'
import { type TSchema, Type } from 'typebox'
import { writeInTurns } from '../../../../instance/routes/long-answers.ts'

const Row = Type.Object({ n: Type.Number(), text: Type.Union([Type.String(), Type.Null()]) })
const Whole = Type.Object({ name: Type.String(), kept: Type.Array(Row), rows: Type.Array(Row) })
const Open = Type.Object({ rows: Type.Array(Row) }, { additionalProperties: true })

/** What an answer of that schema becomes: by the framework alone, and here; undefined where that is left to it. */
async function written(answer: unknown, schema: TSchema) {
  const app = fastify()
  let inTurns: string | undefined
  app.get('/', { schema: { response: { 200: schema } } }, async (_, reply) => {
    inTurns = (await writeInTurns(answer, schema, reply))?.toString()
    return answer
  })
  const { body } = await app.inject('/')
  await app.close()
  return { whole: body, inTurns }
}

function rowsOf(count: number) {
  return Array.from({ length: count }, (_, n) => ({ n, text: n % 3 ? `"é\n${n}` : null, lost: 1 }))
}

t.test('a long answer is byte for byte what its schema makes of it at once', async (t) => {
  for (const count of [501, 999, 1000, 1001, 20_000]) {
    const list = await written(rowsOf(count), Type.Array(Row))
    t.equal(list.inTurns === list.whole, true, `a list of ${count}`)
    const object = await written({ name: 'x', kept: rowsOf(2), rows: rowsOf(count) }, Whole)
    t.equal(object.inTurns === object.whole, true, `an object with ${count}`)
  }
})

t.test('what is not long, or has its rows elsewhere, is left as it is', async (t) => {
  t.equal((await written(rowsOf(500), Type.Array(Row))).inTurns, undefined)
  t.equal((await written({ name: 'x', kept: rowsOf(600), rows: [] }, Whole)).inTurns, undefined)
  t.equal((await written({ rows: rowsOf(600), more: 1 }, Open)).inTurns, undefined)
  t.equal((await written({ n: 1, text: 'a' }, Row)).inTurns, undefined)
})

t.test('no turn of the event loop writes more than 500 rows', async (t) => {
  let turn = 0
  const byTurn = new Map<number, number>()
  const rows = Array.from({ length: 20_000 }, (_, n) => ({
    text: null,
    get n() {
      byTurn.set(turn, (byTurn.get(turn) ?? 0) + 1)
      return n
    },
  }))
  const app = fastify()
  const list = Type.Array(Row)
  app.get('/', { schema: { response: { 200: list } } }, async (_, reply) => {
    let next = setImmediate(function count() {
      turn += 1
      next = setImmediate(count)
    })
    const text = await writeInTurns(rows, list, reply)
    clearImmediate(next)
    return reply.type('application/json').send(text)
  })
  t.equal((await app.inject('/')).json().length, 20_000)
  await app.close()
  t.equal(byTurn.size, 40)
  t.ok([...byTurn.values()].every((count) => count % 500 === 0))
})
