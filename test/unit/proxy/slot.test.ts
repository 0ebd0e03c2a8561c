import t from 'tap'
import { Slot, type SlotState } from '../../../proxy/slot.ts'

function slotIn(state: SlotState) {
  const moves: string[] = []
  const slot = new Slot(
    3,
    'http://127.0.0.1:3103',
    ({ state }, from) => moves.push(`${from}>${state}`),
    () => 42,
  )
  const way: Record<SlotState, SlotState[]> = {
    down: [],
    idle: ['idle'],
    busy: ['idle', 'busy'],
    draining: ['idle', 'busy', 'draining'],
    drained: ['idle', 'drained'],
  }
  for (const next of way[state]) slot.moveTo(next)
  return { slot, moves }
}

t.test('a slot starts down and says why', async (t) => {
  const { slot } = slotIn('down')
  t.equal(slot.state, 'down')
  t.equal(slot.reason, 'not probed yet')
})

t.test('every legal move is told to the one listener, with where it came from', async (t) => {
  const { slot, moves } = slotIn('busy')
  slot.moveTo('down')
  t.same(moves, ['down>idle', 'idle>busy', 'busy>down'])
  t.equal(slot.since, 42)
})

t.test('illegal moves throw and change nothing', async (t) => {
  const illegal: [SlotState, SlotState][] = [
    ['idle', 'draining'],
    ['busy', 'drained'],
    ['drained', 'busy'],
    ['drained', 'draining'],
    ['idle', 'idle'],
    ['busy', 'busy'],
    ['draining', 'idle'],
  ]
  for (const [from, to] of illegal) {
    const { slot } = slotIn(from)
    t.throws(() => slot.moveTo(to), { message: `slot 3: ${from} cannot become ${to}` })
    t.equal(slot.state, from)
  }
})
