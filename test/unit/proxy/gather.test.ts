import t from 'tap'
import { join, type Word } from '../../../proxy/gather.ts'

const word = (clientId: number, status: number | undefined, body: unknown = []): Word => ({
  clientId,
  status,
  body,
  retryAfter: undefined,
  problem: status === undefined ? 'it is down' : undefined,
})

t.test(
  'rows are joined in client order and marked; an owner’s own row wins over another’s',
  async (t) => {
    const { rows, missing } = join(
      [
        word(0, 200, [{ execId: 'a', clientId: 1, by: 0 }]),
        word(1, 200, [{ execId: 'a', clientId: 1, by: 1 }, { execId: 'b' }]),
      ],
      'execId',
    )
    t.same(rows, [
      { execId: 'a', clientId: 1, by: 1 },
      { execId: 'b', clientId: 1 },
    ])
    t.same(missing, [])
  },
)

t.test('a row that is nobody’s stays so, and its owner’s row goes before it', async (t) => {
  const foreign = (permId: number) => ({ permId, clientId: null, id: null })
  const own = { permId: 7, clientId: 1, id: '1.4' }
  const words = [word(0, 200, [foreign(7), foreign(8)]), word(1, 200, [own, foreign(8)])]
  t.same(join(words, 'permId').rows, [own, foreign(8)])
})

t.test('rows come newest first where the operation says by what', async (t) => {
  const at = (permId: number, completedAt: string | null) => ({ permId, completedAt, clientId: 0 })
  const words = [
    word(0, 200, [at(1, null), at(2, '2026-01-05T10:00:00.000Z')]),
    word(1, 200, [at(3, '2026-01-05T11:00:00.000Z')]),
  ]
  const { rows } = join(words, 'permId', 'completedAt')
  t.same(
    rows.map(({ permId }) => permId),
    [3, 2, 1],
  )
})

t.test('rows without the key are all kept', async (t) => {
  const { rows } = join([word(0, 200, [{ id: null }, { id: null }])], 'id')
  t.equal(rows.length, 2)
})

t.test('who did not answer is named; when nobody did it is a problem', async (t) => {
  t.same(join([word(0, undefined), word(1, 500), word(2, 200)], undefined).missing, [0, 1])
  t.throws(() => join([word(0, undefined), word(1, 503)], undefined), {
    code: 'PROXY_NO_INSTANCE',
    message: /client 0: it is down; client 1: status 503/,
  })
})

t.test('when all are late that is said, and only what reads may be asked again', async (t) => {
  const late = { ...word(0, undefined), problem: 'no answer in time' }
  for (const [isRead, retryable] of [
    [true, true],
    [false, false],
  ] as const)
    t.throws(() => join([late, word(1, 504)], undefined, undefined, isRead), {
      code: 'PROXY_DEADLINE',
      retryable,
      message: /client 0: no answer in time; client 1: status 504/,
    })
  t.throws(() => join([late, word(1, 503)], undefined, undefined, true), {
    code: 'PROXY_NO_INSTANCE',
  })
})

t.test('a question that is wrong is wrong everywhere', async (t) => {
  const words = [word(0, 200), word(1, 422, { code: 'REQUEST_INVALID' })]
  t.throws(() => join(words, undefined), { message: 'client 1 answered 422' })
})
