import t from 'tap'
import { decodePayload, encodeFrame, FrameReader } from '../../../../simulator/wire/frame.ts'

t.test('a frame is the length of its payload, then every field ended by NUL', (t) => {
  t.same(
    encodeFrame(['49', '1']),
    Buffer.from([0, 0, 0, 5, 0x34, 0x39, 0, 0x31, 0]),
    'the bytes of reqCurrentTime',
  )
  t.equal(encodeFrame(['Zürich €']).readUInt32BE(0), Buffer.byteLength('Zürich €') + 1)
  t.end()
})

t.test('a payload gives its fields, empty ones too, and never when the last is not ended', (t) => {
  t.same(decodePayload(Buffer.from('3\0\0x\0')), ['3', '', 'x'])
  t.same(decodePayload(Buffer.from('\0')), [''])
  t.equal(decodePayload(Buffer.from('3\0x')), undefined)
  t.equal(decodePayload(Buffer.alloc(0)), undefined)
  t.end()
})

t.test('payloads come out the same however the stream is sliced', (t) => {
  const sent = [['1'], ['2', 'x'.repeat(300)], ['3', ''], ['4', 'ü'.repeat(5000)], ['5']]
  const stream = Buffer.concat(sent.map((fields) => encodeFrame(fields)))
  for (const size of [1, 2, 3, 7, 64, 4096, stream.length]) {
    const reader = new FrameReader()
    const got: (string[] | undefined)[] = []
    for (let at = 0; at < stream.length; at += size) {
      reader.push(stream.subarray(at, at + size))
      for (let payload = reader.takePayload(); payload; payload = reader.takePayload()) {
        got.push(decodePayload(payload))
      }
    }
    t.same(got, sent, `slices of ${size} bytes`)
    t.equal(reader.waiting, 0)
  }
  t.end()
})

t.test('an absurd length is told at once, before its bytes come', (t) => {
  const reader = new FrameReader()
  reader.push(Buffer.from([0x01, 0, 0, 0]))
  t.throws(() => reader.takePayload(), { name: 'FrameError' })
  const small = new FrameReader()
  small.push(Buffer.from([0, 0, 1, 0]))
  t.throws(() => small.takePayload(255), { name: 'FrameError' })
  t.equal(small.takePayload(256), undefined, 'what is allowed is waited for')
  t.end()
})

t.test('raw bytes are taken only when all have come', (t) => {
  const reader = new FrameReader()
  reader.push(Buffer.from('AP'))
  t.equal(reader.takeRaw(4), undefined)
  reader.push(Buffer.from('I\0v'))
  t.same(reader.takeRaw(4), Buffer.from('API\0'))
  t.equal(reader.waiting, 1)
  t.end()
})
