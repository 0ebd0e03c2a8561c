import fc from 'fast-check'
import t from 'tap'
import { Frames } from '../../../../instance/ib/frames.ts'

function framed(payload: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(Buffer.byteLength(payload))
  return Buffer.concat([length, Buffer.from(payload)])
}

function taken(frames: Frames): string[] {
  const payloads: string[] = []
  for (let next = frames.take(); next !== undefined; next = frames.take())
    payloads.push(next.toString())
  return payloads
}

t.test('payloads come out as they went in, however the bytes are cut', async (t) => {
  const payloads = fc.array(
    fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => `${text}\0`),
    { maxLength: 20 },
  )
  const lengths = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 })
  fc.assert(
    fc.property(payloads, lengths, (wanted, cuts) => {
      const bytes = Buffer.concat(wanted.map(framed))
      const frames = new Frames()
      const got: string[] = []
      for (let at = 0, cut = 0; at < bytes.length; cut += 1) {
        const length = cuts[cut % cuts.length] ?? 1
        frames.push(bytes.subarray(at, at + length))
        at += length
        // now and then several pieces are there at once
        if (length % 3 > 0) got.push(...taken(frames))
      }
      got.push(...taken(frames))
      t.equal(frames.bytes, 0)
      return JSON.stringify(got) === JSON.stringify(wanted)
    }),
  )
})

t.test('a length that no gateway means is refused when it is announced', async (t) => {
  for (const length of [-1, 0, 0x1000000]) {
    const frames = new Frames()
    const announced = Buffer.alloc(4)
    announced.writeInt32BE(length)
    frames.push(announced)
    t.throws(() => frames.take(), /announced/)
  }
})

t.test('a message that goes on where its length ends is refused', async (t) => {
  const frames = new Frames()
  frames.push(Buffer.concat([framed('49\x001'), framed('17\0')]))
  t.throws(() => frames.take(), /does not end/)
})
