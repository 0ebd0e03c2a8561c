import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { Lane } from '../../../../instance/ib/lane.ts'

function runner(name: string, begun: string[]) {
  return { begin: () => void begun.push(name) }
}

t.test('one runs at a time, first come first served', async (t) => {
  const begun: string[] = []
  const lane = new Lane({ spacingMs: 0, onStale: () => t.fail('nobody was left behind') })
  const [a, b, c] = ['a', 'b', 'c'].map((name) => runner(name, begun))
  if (!a || !b || !c) throw new Error('three')
  for (const each of [a, b, c]) lane.enter(each)
  t.same(begun, ['a'])
  lane.leave(b)
  lane.leave(a)
  t.same(begun, ['a', 'c'], 'one that left the line is passed over')
})

t.test('one left behind holds the lane until its end, or the lane is lost', async (t) => {
  const begun: string[] = []
  const stale: string[] = []
  const lane = new Lane({ spacingMs: 0, onStale: () => void stale.push('lost') })
  const a = runner('a', begun)
  lane.enter(a)
  lane.enter(runner('b', begun))
  lane.abandon(a, 10_000)
  t.same(begun, ['a'])
  lane.leave(a)
  t.same(begun, ['a', 'b'])
  const c = runner('c', begun)
  const other = new Lane({ spacingMs: 0, onStale: () => void stale.push('lost') })
  other.enter(c)
  other.abandon(c, 1)
  while (stale.length === 0) await pause(1)
  t.same(stale, ['lost'])
})

t.test('starts keep their distance where the gateway wants it', async (t) => {
  const begun: string[] = []
  const lane = new Lane({ spacingMs: 40, onStale: () => undefined })
  const at: number[] = []
  const timed = (name: string) => ({
    begin: () => {
      begun.push(name)
      at.push(performance.now())
    },
  })
  const first = timed('a')
  lane.enter(first)
  lane.enter(timed('b'))
  lane.leave(first)
  while (begun.length < 2) await pause(1)
  t.ok((at[1] ?? 0) - (at[0] ?? 0) >= 39)
})

t.test('a closed lane starts nothing', async (t) => {
  const begun: string[] = []
  const lane = new Lane({ spacingMs: 0, onStale: () => undefined })
  lane.close()
  lane.enter(runner('a', begun))
  t.same(begun, [])
})
