import { createServer, type IncomingMessage } from 'node:http'
import { Duplex } from 'node:stream'
import fc from 'fast-check'
import t from 'tap'
import { PlainReads } from '../../../../proxy/fast-path/plain-read.ts'

const bytesOf = (text: string) => Buffer.from(text, 'latin1')
const recognise = (text: string) => new PlainReads(1000).recognise(bytesOf(text))
const WGET = 'GET /account/positions?conId=8314 HTTP/1.1\r\nHost: ibrest:80\r\nAccept: */*\r\n\r\n'

/** What Node's own server makes of what comes on a connection: every request, and whether it complained or waits for more. */
async function heardByNode(text: string) {
  const requests: {
    method: string
    url: string
    raw: string[]
    headers: object
    content: string
  }[] = []
  let complaints = 0
  // as ours is: whyAmbiguous says that in our words
  const server = createServer(
    { requireHostHeader: false },
    async (request: IncomingMessage, answer) => {
      const told = { method: request.method ?? '', url: request.url ?? '', content: '' }
      requests.push({ ...told, raw: request.rawHeaders, headers: request.headers })
      for await (const piece of request) (requests.at(-1) as { content: string }).content += piece
      answer.end()
    },
  )
  server.maxHeadersCount = 0
  server.on('clientError', () => {
    complaints += 1
  })
  const connection = new Duplex({ read() {}, write: (_piece, _encoding, done) => done() })
  server.emit('connection', connection)
  connection.push(bytesOf(text))
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
  connection.destroy()
  return { requests, complaints }
}

t.test('one plain GET is recognised as it was written', async (t) => {
  const read = recognise(WGET)
  t.equal(read?.url, '/account/positions?conId=8314')
  t.strictSame(read?.fields.headers, { host: 'ibrest:80', accept: '*/*' })
  t.strictSame(read?.fields.raw, ['Host', 'ibrest:80', 'Accept', '*/*'])
})

t.test(
  'what a caller says again is recognised again, and what it says otherwise is not mixed up with it',
  async (t) => {
    const reads = new PlainReads(1000)
    const first = reads.recognise(bytesOf(WGET))
    const again = reads.recognise(bytesOf(WGET.replace('8314', '265598')))
    t.equal(again?.url, '/account/positions?conId=265598')
    t.equal(again?.fields, first?.fields)
    const other = reads.recognise(bytesOf(WGET.replace('*/*', 'text/csv')))
    t.equal(other?.fields.headers.accept, 'text/csv')
    t.equal(reads.recognise(bytesOf(WGET.replace('Accept', 'Content-Length'))), undefined)
    t.equal(reads.recognise(bytesOf(WGET.replace('Accept', 'Content-Length'))), undefined)
    t.equal(reads.recognise(bytesOf(WGET))?.fields.headers.accept, '*/*')
  },
)

const with_ = (line: string) => WGET.replace('Accept: */*', line)
const LEFT_TO_NODE: Readonly<Record<string, string>> = {
  'an order': WGET.replace('GET', 'POST'),
  'a cancel': WGET.replace('GET', 'DELETE'),
  'a HEAD': WGET.replace('GET', 'HEAD'),
  'a method in lower case': WGET.replace('GET', 'get'),
  'a length': with_('Content-Length: 0'),
  'a length with a space before the colon': with_('Content-Length : 5'),
  chunks: with_('Transfer-Encoding: chunked'),
  'chunks on a folded line': with_('Accept: a\r\n Transfer-Encoding: chunked'),
  'a promise of content': with_('Expect: 100-continue'),
  'a WebSocket': with_('Upgrade: websocket'),
  'a connection that is to end': with_('Connection: close'),
  'fields of one hop': with_('Connection: keep-alive, x-caller'),
  'a field twice': with_('Host: elsewhere'),
  'a field without a name': with_(': x'),
  'a field without a colon': with_('Accept'),
  'a line feed alone': WGET.replace('\r\nAccept', '\nAccept'),
  'a carriage return in a value': with_('Accept: a\rb'),
  'a byte beyond ASCII': with_('X-Name: Müller'),
  'a NUL': with_('X-Name: a\0'),
  'an older version': WGET.replace('1.1', '1.0'),
  'a newer version': WGET.replace('HTTP/1.1', 'HTTP/2.0'),
  'two spaces': WGET.replace(' HTTP', '  HTTP'),
  'a whole URL': WGET.replace('/account', 'http://ibrest/account'),
  'a fragment': WGET.replace('?conId', '#conId'),
  'a line before it': `\r\n${WGET}`,
  'half of it': WGET.slice(0, -2),
  'one and a half': WGET + WGET.slice(0, 20),
  'two at once': WGET + WGET,
  'content behind it': `${WGET}{}`,
  'a field that is no data': with_('__proto__: x'),
  'a field Node makes a list of': with_('Set-Cookie: a=b'),
  'more than one is allowed': with_(`X: ${'x'.repeat(1000)}`),
  nothing: '',
}

for (const [what, text] of Object.entries(LEFT_TO_NODE))
  t.test(`left to Node: ${what}`, async (t) => t.equal(recognise(text), undefined))

const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...WGET) },
  {
    weight: 3,
    arbitrary: fc.constantFrom('\r\n', '\r', '\n', ' ', '\t', ':', '\0', 'é', '%0d%0a'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'Content-Length: 3\r\n',
      'Transfer-Encoding: chunked\r\n',
      'Host: a\r\n',
      'Connection: keep-alive\r\n',
      'X-A: b\r\n',
      ' c\r\n',
    ),
  },
)
const change = fc.record({
  at: fc.nat(WGET.length),
  cut: fc.nat(6),
  piece: fc.oneof(fc.constant(''), piece),
})
const changed = fc
  .array(change, { minLength: 1, maxLength: 4 })
  .map((changes) =>
    changes.reduce(
      (text, { at, cut, piece }) => text.slice(0, at) + piece + text.slice(at + cut),
      WGET,
    ),
  )

t.test(
  'whatever is recognised is that one call to Node too, and nothing of it is left over',
  async (t) => {
    let recognised = 0
    await fc.assert(
      fc.asyncProperty(changed, async (text) => {
        const read = recognise(text)
        if (read === undefined) return
        recognised += 1
        const { requests, complaints } = await heardByNode(text)
        t.equal(complaints, 0)
        t.strictSame(
          requests,
          [
            {
              ...{ method: 'GET', url: read.url, content: '' },
              ...{ raw: read.fields.raw, headers: read.fields.headers },
            },
          ],
          JSON.stringify(text),
        )
      }),
      { numRuns: 3000 },
    )
    t.ok(recognised > 100, `${recognised} of them were recognised`)
  },
)
