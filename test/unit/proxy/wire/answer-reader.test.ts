import fc from 'fast-check'
import t from 'tap'
import { AnswerReader } from '../../../../proxy/wire/answer-reader.ts'

interface Heard {
  readonly status: number
  readonly fields: readonly string[]
  readonly content: string
  readonly isWhole: boolean
  /** nothing came after it that nobody had asked for */
  readonly isClean: boolean
  readonly keepsMs: number | undefined
}

/** What one who reads these pieces hears of the answer to a request of that method. */
function read(pieces: readonly Buffer[], method = 'GET', ends = false): Heard {
  const reader = new AnswerReader()
  let heard = { status: 0, fields: [] as string[], content: '', isWhole: false, isClean: false }
  const whenWhole = (isClean: boolean) => {
    heard.isClean = isClean
  }
  reader.expect(method, {
    onHead: (status, fields) => {
      heard = { ...heard, status, fields }
    },
    onContent: (piece) => {
      heard.content += piece.toString('latin1')
    },
    onEnd: () => {
      heard.isWhole = true
    },
  })
  for (const piece of pieces) {
    reader.read(piece, whenWhole)
    // what was read may be overwritten
    piece.fill(0)
  }
  if (ends) reader.ended(whenWhole)
  return { ...heard, keepsMs: reader.keepsMs }
}

const of = (text: string) => [Buffer.from(text, 'latin1')]

const answers = [
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n[{}]',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Empty:\r\n\r\n3;why=not\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: yes\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\nHTTP/1.1 202 Accepted\r\ncontent-length: 1\r\n\r\nx',
  'HTTP/1.1 204 No Content\r\n\r\n',
  `HTTP/1.1 200 OK\r\nX-Long: ${'long '.repeat(500)}\r\nContent-Length: 3000\r\n\r\n${'x'.repeat(3000)}`,
]

t.test('however an answer is cut on its way, the same is heard', async () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...answers),
      fc.array(fc.nat(6000), { maxLength: 12 }),
      (text, cuts) => {
        const bytes = Buffer.from(text, 'latin1')
        const at = [...new Set([0, ...cuts.map((cut) => cut % bytes.length), bytes.length])]
        at.sort((a, b) => a - b)
        const pieces = at
          .slice(1)
          .map((end, index) => Buffer.from(bytes.subarray(at[index] as number, end)))
        const heard = read(pieces)
        t.ok(heard.isWhole && heard.isClean)
        t.same(heard, read(of(text)))
      },
    ),
    { numRuns: 500 },
  )
})

t.test('lengths, chunks, and answers that have no content', async (t) => {
  t.match(read(of(answers[0] ?? '')), {
    status: 200,
    fields: ['content-type', 'application/json', 'content-length', '4'],
    content: '[{}]',
    isWhole: true,
  })
  t.match(read(of(answers[1] ?? '')), { content: 'abc0123456789', isWhole: true })
  t.match(read(of(answers[2] ?? '')), { status: 202, content: 'x', isWhole: true })
  t.match(read(of(answers[3] ?? '')), { status: 204, content: '', isWhole: true })
  t.match(read(of('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n'), 'HEAD'), { isWhole: true })
  t.match(read(of('HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n')), { isWhole: true })
  t.match(read(of('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n1234')), {
    content: '1234',
    isWhole: false,
  })
})

t.test(
  'an answer without a length ends with its connection, which is not used again',
  async (t) => {
    const text = 'HTTP/1.1 200 OK\r\n\r\nall of it'
    t.match(read(of(text)), { isWhole: false })
    t.match(read(of(text), 'GET', true), {
      content: 'all of it',
      isWhole: true,
      keepsMs: undefined,
    })
  },
)

t.test('how long a connection may rest afterwards', async (t) => {
  const keeps = (status: string, fields: string) =>
    read(of(`${status}\r\n${fields}content-length: 0\r\n\r\n`)).keepsMs
  t.equal(keeps('HTTP/1.1 200 OK', ''), 4000)
  t.equal(keeps('HTTP/1.1 200 OK', 'Connection: keep-alive\r\nKeep-Alive: timeout=72\r\n'), 71_000)
  t.equal(keeps('HTTP/1.1 200 OK', 'Keep-Alive: timeout=1\r\n'), 0)
  t.equal(keeps('HTTP/1.1 200 OK', 'Connection: Close\r\n'), undefined)
  t.equal(keeps('HTTP/1.0 200 OK', ''), undefined)
  t.equal(keeps('HTTP/1.0 200 OK', 'Connection: keep-alive\r\n'), 4000)
})

t.test('bytes that nobody asked for are said, and never read as an answer', async (t) => {
  const twice = `${answers[0]}${answers[0]}`
  t.match(read(of(twice)), { content: '[{}]', isWhole: true, isClean: false })
  t.throws(() => new AnswerReader().read(Buffer.from('HTTP/1.1'), () => undefined), {
    code: 'ANSWER_MALFORMED',
  })
})

t.test('of a value blanks go, and nothing else', async (t) => {
  const { fields, content } = read(
    of('HTTP/1.1 200 OK\r\na: \t b \xa0\t\r\nc:\r\nd: \r\ncontent-length: 2\r\n\r\n\0\n'),
  )
  t.same(fields, ['a', 'b \xa0', 'c', '', 'd', '', 'content-length', '2'])
  t.equal(content, '\0\n')
})

t.test('what could be read in two ways is not read at all', async (t) => {
  const head = 'HTTP/1.1 200 OK\r\n'
  for (const [what, text] of Object.entries({
    'another protocol': 'HTTP/1.1 101 Switching Protocols\r\n\r\n',
    'no status': 'HTTP/1.1 OK\r\n\r\n',
    'not HTTP/1': 'HTTP/2 200 OK\r\n\r\n',
    'two lengths': `${head}content-length: 1\r\ncontent-length: 1\r\n\r\nx`,
    'a signed length': `${head}content-length: +1\r\n\r\nx`,
    'a length beside chunks': `${head}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n`,
    'another coding': `${head}transfer-encoding: gzip, chunked\r\n\r\n`,
    'a folded line': `${head}x: a\r\n b: c\r\n\r\n`,
    'a space before the colon': `${head}content-length : 1\r\n\r\nx`,
    'no colon': `${head}content-length\r\n\r\n`,
    'a bare line feed': `${head}x: a\ncontent-length: 1\r\n\r\nx`,
    'a line feed at the end of a value': `${head}x: a\n\r\ncontent-length: 1\r\n\r\nx`,
    'a bare carriage return': `${head}x: a\rcontent-length: 1\r\n\r\nx`,
    'two carriage returns': `${head}x: a\r\r\ncontent-length: 1\r\n\r\nx`,
    'a zero byte': `${head}x: a\0\r\ncontent-length: 1\r\n\r\nx`,
    'a bare line feed in the first line': 'HTTP/1.1 200 OK\ncontent-length: 1\r\n\r\nx',
    'a chunk without a size': `${head}transfer-encoding: chunked\r\n\r\nxyz\r\n`,
    'a negative chunk': `${head}transfer-encoding: chunked\r\n\r\n-1\r\n`,
    'a chunk that is longer than it said': `${head}transfer-encoding: chunked\r\n\r\n1\r\nab\r\n`,
    'a head without an end': `${head}x: ${'a'.repeat(70_000)}`,
    'a chunk line without an end': `${head}transfer-encoding: chunked\r\n\r\n1;${'a'.repeat(2000)}`,
  }))
    t.throws(() => read(of(text)), { code: 'ANSWER_MALFORMED' }, what)
})
