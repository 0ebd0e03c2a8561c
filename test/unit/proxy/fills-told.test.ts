import t from 'tap'
import { FillsTold } from '../../../proxy/fills-told.ts'

const POSITIONS = '/account/positions'
const ASK = ['cache-control', 'no-cache']

/** An instance's header fields. */
function fields(mark: string, source?: string): string[] {
  const told = ['content-type', 'application/json', 'ibrest-fills', mark]
  if (source !== undefined) told.push('ibrest-source', source)
  return told
}

/** Two clients, both asked since the last fill. */
function settled(): FillsTold {
  const fills = new FillsTold()
  for (const clientId of [0, 1]) fills.answered(clientId, 200, fields('a-0'))
  for (const clientId of [0, 1]) {
    fills.wish(POSITIONS, clientId)
    fills.answered(clientId, 200, fields('a-0', 'gateway'))
  }
  return fills
}

t.test('while no fill is told, reads may be mirrored', async (t) => {
  const fills = settled()
  for (let read = 0; read < 3; read += 1) {
    t.strictSame(fills.wish(POSITIONS, 0), [])
    fills.answered(0, 200, fields('a-0', 'mirror'))
  }
})

t.test('after a fill was told every client is made to ask, once', async (t) => {
  const fills = settled()
  fills.answered(1, 201, fields('a-1'))
  for (const clientId of [0, 1]) {
    t.strictSame(fills.wish(POSITIONS, clientId), ASK)
    fills.answered(clientId, 200, fields(`a-${clientId}`, 'gateway'))
    t.strictSame(fills.wish(POSITIONS, clientId), [])
  }
})

t.test('a fill told beside the calls counts as well', async (t) => {
  const fills = settled()
  fills.marked(1, 'a-1')
  t.strictSame(fills.wish(POSITIONS, 0), ASK)
  fills.marked(1, undefined)
})

t.test(
  'a question that failed, or left before the fill was told, is no question since',
  async (t) => {
    const fills = settled()
    fills.answered(1, 200, fields('a-1'))
    t.strictSame(fills.wish(POSITIONS, 0), ASK)
    fills.answered(0, 503, fields('a-0'))
    t.strictSame(fills.wish(POSITIONS, 0), ASK)
    fills.answered(1, 200, fields('a-2'))
    t.strictSame(fills.wish(POSITIONS, 0), ASK)
    fills.answered(0, 200, fields('a-0', 'gateway'))
    t.strictSame(fills.wish(POSITIONS, 0), ASK, 'that one may have been the older')
    fills.answered(0, 200, fields('a-0', 'gateway'))
    t.strictSame(fills.wish(POSITIONS, 0), [])
  },
)

t.test('an instance that began anew may know of fills', async (t) => {
  const fills = settled()
  fills.answered(1, 200, fields('b-0'))
  t.strictSame(fills.wish(POSITIONS, 0), ASK)
})

t.test('other paths are left alone', async (t) => {
  const fills = settled()
  fills.answered(1, 200, fields('a-1'))
  t.strictSame(fills.wish('/order', 0), [])
})
