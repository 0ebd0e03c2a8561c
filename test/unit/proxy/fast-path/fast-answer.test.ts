import { Socket } from 'node:net'
import t from 'tap'
import { FastAnswer } from '../../../../proxy/fast-path/fast-answer.ts'

/** An answer and what it puts on its connection. */
function answering() {
  const socket = new Socket()
  const state = { text: '', answered: 0 }
  socket.write = (piece: string | Uint8Array) => {
    state.text += Buffer.from(piece as string, 'latin1').toString('latin1')
    return true
  }
  const answer = new FastAnswer({
    ...{ socket, keepAlive: 'Connection: keep-alive\r\n' },
    send: (text) => {
      state.text += text
    },
    onAnswered: () => {
      state.answered += 1
    },
  })
  return { answer, state }
}

t.test('a whole answer leaves in one piece, with its length', async (t) => {
  const { answer, state } = answering()
  answer.writeHead(200, ['content-type', 'text/plain', 'date', 'then']).end('Grüße')
  t.equal(
    state.text,
    `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ndate: then\r\nConnection: keep-alive\r\nContent-Length: 7\r\n\r\n${Buffer.from('Grüße').toString('latin1')}`,
  )
  t.equal(state.answered, 1)
  answer.end('again')
  t.equal(state.answered, 1, 'once')
  t.throws(() => answer.writeHead(200), 'one head')
})

t.test(
  'what comes piece by piece is told in chunks, or by the length it was said to have',
  async (t) => {
    const chunked = answering()
    chunked.answer.writeHead(200, ['date', 'then'])
    t.equal(chunked.answer.write(Buffer.from('abc')), true)
    chunked.answer.write(Buffer.alloc(0))
    chunked.answer.end(Buffer.alloc(17, 'd'))
    t.ok(
      chunked.state.text.endsWith(
        `Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n11\r\n${'d'.repeat(17)}\r\n0\r\n\r\n`,
      ),
      chunked.state.text,
    )
    const counted = answering()
    counted.answer.writeHead(200, ['content-length', '5', 'date', 'then'])
    counted.answer.write(Buffer.from('ab'))
    counted.answer.end(Buffer.from('cde'))
    t.ok(
      counted.state.text.endsWith(
        'content-length: 5\r\ndate: then\r\nConnection: keep-alive\r\n\r\nabcde',
      ),
    )
  },
)

t.test('what has no content says so by its status', async (t) => {
  for (const status of [204, 304]) {
    const { answer, state } = answering()
    answer.writeHead(status, ['date', 'then']).end('not this')
    t.notMatch(state.text, /content-length|chunked|not this/i)
  }
})

t.test(
  'what was set is told unless the head says otherwise; no value can become a field',
  async (t) => {
    const { answer, state } = answering()
    answer.setHeader('Trading-Mode', 'live').setHeader('X-Other', 1)
    t.equal(answer.getHeader('trading-mode'), 'live')
    answer.removeHeader('x-other')
    t.strictSame(answer.getHeaders(), { 'trading-mode': 'live' })
    t.throws(() => answer.setHeader('x', 'a\r\nb: c'), TypeError)
    t.throws(() => answering().answer.writeHead(400, { x: 'a\nb' }), TypeError)
    answer.writeHead(200, { 'trading-mode': 'paper', connection: 'close' }).end()
    t.match(state.text, /trading-mode: paper/)
    t.notMatch(state.text, /live/)
    t.equal(state.text.match(/connection:/gi)?.length, 1)
    t.match(state.text, /Connection: close\r\n/)
    t.equal(answer.shouldKeepAlive, false)
  },
)

t.test(
  'whoever listens hears the end once: that it was written, or that it was cut off',
  async (t) => {
    const heard: string[] = []
    const { answer } = answering()
    answer.on('finish', () => heard.push('finish')).on('close', () => heard.push('close'))
    answer.end('x')
    answer.cutOff()
    t.same(heard, ['finish', 'close'])
    const cut = answering().answer.on('close', () => heard.push('cut'))
    cut.cutOff()
    cut.cutOff()
    t.same(heard, ['finish', 'close', 'cut'])
  },
)
