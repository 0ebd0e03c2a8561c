import fc from 'fast-check'
import t from 'tap'
import type { Ending, Lease } from '../../../proxy/lease.ts'
import { CALL_CLASSES, type CallClass, fits, type Waiter } from '../../../proxy/line.ts'
import { Pool } from '../../../proxy/pool.ts'

const CLIENTS = 3
const QUEUE_LIMIT = 4

class Caller implements Waiter {
  readonly question = undefined
  readonly deadline = 0
  readonly callClass: CallClass
  readonly pinnedTo: number | undefined
  lease: Lease | undefined
  answers = 0

  constructor(callClass: CallClass, pinnedTo: number | undefined) {
    this.callClass = callClass
    this.pinnedTo = pinnedTo
  }

  hasTried(): boolean {
    return false
  }

  granted(lease: Lease): void {
    this.answers += 1
    this.lease = lease
  }

  refused(): void {
    this.answers += 1
  }

  joined(): void {}

  answered(): void {}

  abandoned(): void {}
}

function at(host: string, clients: number): string[] {
  return Array.from({ length: clients }, (_, clientId) => `http://${host}:${clientId}`)
}

/** A pool and everybody who has come to it. */
class World {
  readonly pool: Pool
  readonly callers: Caller[] = []
  isPaused = false

  constructor(slotsPerInstance: number) {
    this.pool = new Pool({
      origins: at('here', CLIENTS),
      slotsPerInstance,
      queueLimit: QUEUE_LIMIT,
    })
    for (let clientId = 0; clientId < CLIENTS; clientId += 1) this.pool.up(clientId)
  }

  call(callClass: CallClass, pinnedTo: number | undefined): void {
    const caller = new Caller(callClass, pinnedTo)
    this.callers.push(caller)
    this.pool.acquire(caller)
  }

  end(which: number, ending: Ending): void {
    const holders = this.callers.filter(({ lease }) => lease !== undefined)
    const caller = holders[which % Math.max(1, holders.length)]
    const { lease } = caller ?? {}
    if (caller !== undefined) caller.lease = undefined
    lease?.settle(ending)
  }

  pause(isPaused: boolean): void {
    this.isPaused = isPaused
    if (isPaused) this.pool.holdAll()
    else this.pool.resumeAll()
  }

  hangUp(which: number): void {
    const waiting = [...this.pool.line.waiters()] as Caller[]
    const caller = waiting[which % Math.max(1, waiting.length)]
    if (caller === undefined) return
    this.pool.line.leave(caller)
    this.callers.splice(this.callers.indexOf(caller), 1)
  }

  /** What must be true whatever has happened; the first that is not. */
  whatIsWrong(): string | undefined {
    const { pool, callers } = this
    const waiting = new Set(pool.line.waiters())
    for (const caller of callers)
      if (caller.answers + Number(waiting.has(caller)) !== 1)
        return `a caller was answered ${caller.answers} times, waits: ${waiting.has(caller)}`
    const slots = pool.members.flatMap((member) => member.slots)
    const held = callers.flatMap(({ lease }) => lease?.slot ?? [])
    if (new Set(held).size !== held.length) return 'two callers hold one slot'
    if (pool.open !== held.length) return `${held.length} leases, ${pool.open} known`
    for (const slot of slots) {
      const isHeld = held.includes(slot)
      if (isHeld !== (slot.lease !== null))
        return `slot ${slot.clientId} knows nothing of its lease`
      if (isHeld && (slot.state === 'idle' || slot.state === 'drained'))
        return `slot ${slot.clientId} is ${slot.state} and held`
      if (slot.state !== 'idle') continue
      for (const waiter of waiting)
        if (fits(waiter, slot) && (!this.isPaused || waiter.callClass === 'cancel'))
          return `a ${waiter.callClass} waits beside idle slot ${slot.clientId}`
    }
    return undefined
  }
}

/** Something that happens to the pool, and what it is called. */
type Step = readonly [name: string, happens: (world: World) => void]

const client = fc.nat(CLIENTS)
const someone = fc.nat(9)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...CALL_CLASSES), fc.option(client, { nil: undefined }))
    .map(([callClass, pin]): Step => [`${callClass} for ${pin}`, (w) => w.call(callClass, pin)]),
  fc
    .tuple(someone, fc.constantFrom<Ending[]>('finished', 'lost', 'turned-away'))
    .map(([which, ending]): Step => [`${which} ${ending}`, (w) => w.end(which, ending)]),
  someone.map((which): Step => [`${which} hangs up`, (w) => w.hangUp(which)]),
  client.map((id): Step => [`up ${id}`, ({ pool }) => pool.up(id)]),
  client.map((id): Step => [`down ${id}`, ({ pool }) => pool.down(id, 'test')]),
  client.map((id): Step => [`drain ${id}`, ({ pool }) => pool.drain(id)]),
  client.map((id): Step => [`resume ${id}`, ({ pool }) => pool.resume(id)]),
  fc
    .tuple(fc.constantFrom('here', 'there'), fc.integer({ min: 1, max: CLIENTS + 1 }))
    .map(([host, n]): Step => [`${n} ${host}`, ({ pool }) => pool.become(at(host, n))]),
  fc.boolean().map((isPaused): Step => [isPaused ? 'pause' : 'go on', (w) => w.pause(isPaused)]),
)

t.test('whatever happens in whatever sequence, nobody is lost and no slot has two', async (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2 }),
      fc.array(step, { maxLength: 40, size: 'max' }),
      (slotsPerInstance, steps) => {
        const world = new World(slotsPerInstance)
        for (const [name, take] of steps) {
          take(world)
          const wrong = world.whatIsWrong()
          if (wrong !== undefined) throw new Error(`after ${name}: ${wrong}`)
        }
      },
    ),
    { numRuns: 3000 },
  )
  t.pass('3000 sequences of up to 40 steps')
})
