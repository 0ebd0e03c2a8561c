import { HANDICAPS_MS } from '../../proxy/line.ts'

/** One kind of call in the mix. */
export interface Kind {
  readonly name: string
  readonly callClass: keyof typeof HANDICAPS_MS
  /** how much of the mix it is; the shares of all kinds add up to anything */
  readonly share: number
  /** mean time from the first message to the whole answer, ms */
  readonly serviceMs: number
  /** how much of that varies, exponentially: 0 constant, 1 all of it */
  readonly spread: number
  /** messages to the gateway: one before the answer, the others (a cancel) after it */
  readonly messages: number
  /** so many different questions are asked; undefined: no two calls are alike */
  readonly questions?: number
  /** callers who wait with the same question share one answer */
  readonly joins?: boolean
  /** an answer stands for whoever asks the same within so many ms, without a slot */
  readonly keptMs?: number
}

/** What is simulated: arrivals at random (Poisson), `clients` who each serve one call at a time. */
export interface Plant {
  readonly clients: number
  /** messages in any second of each client; Infinity: no limit */
  readonly messagesPerSecond: number
  readonly kinds: readonly Kind[]
}

/** What became of the calls of one run. Waits are ms from arrival to the slot, whole times to the answer. */
export interface Outcome {
  readonly arrivedPerSecond: number
  /** answered per second while calls arrived */
  readonly servedPerSecond: number
  /** share of the clients' time that was taken */
  readonly utilisation: number
  readonly meanWaitMs: number
  /** share of calls that had to wait at all */
  readonly waited: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** mean wait by kind */
  readonly waitMsOf: Readonly<Record<string, number>>
  /** answered by somebody else's answer: joined, or kept from before */
  readonly shared: number
}

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/**
 * Erlang's C: the share of calls that wait where `clients` serve and `load` of them are busy on average, both arrivals
 * and service being exponential (M/M/c).
 */
export function erlangC(clients: number, load: number): number {
  let blocked = 1
  for (let each = 1; each <= clients; each += 1)
    blocked = (load * blocked) / (each + load * blocked)
  const utilisation = load / clients
  return blocked / (1 - utilisation + utilisation * blocked)
}

/** The mean wait of M/M/c, ms. */
export function erlangWaitMs(clients: number, perSecond: number, serviceMs: number): number {
  const load = (perSecond * serviceMs) / 1000
  return (erlangC(clients, load) * serviceMs) / (clients - load)
}

interface Call {
  readonly kind: Kind
  readonly question: string | undefined
  readonly arrivedAt: number
  isServed: boolean
}

/** Whoever ends first is on top. */
class Endings {
  readonly #rows: { at: number; client: number }[] = []

  get next(): { at: number; client: number } | undefined {
    return this.#rows[0]
  }

  add(row: { at: number; client: number }): void {
    // so few that sorting in is as good as a heap
    const place = this.#rows.findIndex(({ at }) => at > row.at)
    this.#rows.splice(place < 0 ? this.#rows.length : place, 0, row)
  }

  take(): void {
    this.#rows.shift()
  }
}

/** One run of the plant under so many calls a second; the same seed gives the same run. */
export class Run {
  readonly #plant: Plant
  readonly #random: () => number
  readonly #endings = new Endings()
  readonly #lines = new Map<string, { calls: Call[]; head: number }>()
  readonly #waitingBy = new Map<string, Set<Call>>()
  /** idle clients, idle longest first */
  readonly #idle: number[]
  /** when each client sent its last messages, ms; a ring each */
  readonly #sent: { at: Float64Array; next: number }[]
  readonly #kept = new Map<string, number>()
  readonly #times: number[] = []
  readonly #waits = new Map<string, { sum: number; count: number }>()
  #busyMs = 0
  #waited = 0
  #shared = 0
  #answered = 0
  /** calls of the warm-up are not counted */
  #countsFrom = 0
  #countsTo = 0

  constructor(plant: Plant, seed: number) {
    this.#plant = plant
    this.#random = randomFrom(seed)
    this.#idle = Array.from({ length: plant.clients }, (_, client) => client)
    const held = Number.isFinite(plant.messagesPerSecond) ? plant.messagesPerSecond : 0
    this.#sent = this.#idle.map(() => ({
      at: new Float64Array(held).fill(Number.NEGATIVE_INFINITY),
      next: 0,
    }))
  }

  /** Lets `calls` calls come, the first tenth of them unseen. */
  of(perSecond: number, calls: number): Outcome {
    const gapMs = 1000 / perSecond
    const warmUp = Math.floor(calls / 10)
    let now = 0
    this.#countsTo = Number.POSITIVE_INFINITY
    this.#countsFrom = Number.POSITIVE_INFINITY
    for (let come = 0; come < calls; come += 1) {
      now += this.#exponential(gapMs)
      this.#passUntil(now)
      if (come === warmUp) this.#countsFrom = now
      this.#arrive(now)
    }
    this.#countsTo = now
    this.#passUntil(Number.POSITIVE_INFINITY)
    return this.#outcome(calls - warmUp)
  }

  #outcome(counted: number): Outcome {
    const seconds = (this.#countsTo - this.#countsFrom) / 1000
    this.#times.sort((one, other) => one - other)
    const quantile = (share: number) =>
      this.#times[Math.min(this.#times.length - 1, Math.floor(share * this.#times.length))] ?? 0
    const waits = [...this.#waits]
    const sum = waits.reduce((total, [, wait]) => total + wait.sum, 0)
    const count = waits.reduce((total, [, wait]) => total + wait.count, 0)
    return {
      arrivedPerSecond: counted / seconds,
      servedPerSecond: this.#answered / seconds,
      utilisation: this.#busyMs / 1000 / seconds / this.#plant.clients,
      meanWaitMs: sum / count,
      waited: this.#waited / count,
      p50Ms: quantile(0.5),
      p99Ms: quantile(0.99),
      waitMsOf: Object.fromEntries(waits.map(([name, wait]) => [name, wait.sum / wait.count])),
      shared: this.#shared / count,
    }
  }

  #exponential(mean: number): number {
    return -mean * Math.log(1 - this.#random())
  }

  #kind(): Kind {
    const { kinds } = this.#plant
    let left = this.#random() * kinds.reduce((sum, { share }) => sum + share, 0)
    for (const kind of kinds) {
      left -= kind.share
      if (left < 0) return kind
    }
    return kinds[kinds.length - 1] as Kind
  }

  #passUntil(now: number): void {
    for (let end = this.#endings.next; end !== undefined && end.at <= now; ) {
      this.#endings.take()
      const call = this.#nextCall()
      if (call === undefined) this.#idle.push(end.client)
      else this.#serve(call, end.client, end.at)
      end = this.#endings.next
    }
  }

  #arrive(now: number): void {
    const kind = this.#kind()
    const { questions, keptMs, callClass } = kind
    const question =
      questions === undefined ? undefined : `${kind.name} ${Math.floor(this.#random() * questions)}`
    const call: Call = { kind, question, arrivedAt: now, isServed: false }
    const keptAt = keptMs === undefined ? undefined : this.#kept.get(question ?? '')
    if (keptAt !== undefined && now - keptAt < (keptMs ?? 0)) {
      this.#shared += this.#isCounted(call) ? 1 : 0
      // still under way: its answer is waited for
      this.#answer(call, now, Math.max(now, keptAt))
      return
    }
    const client = this.#idle.shift()
    if (client !== undefined) {
      this.#serve(call, client, now)
      return
    }
    const line = this.#lines.get(callClass) ?? { calls: [], head: 0 }
    line.calls.push(call)
    this.#lines.set(callClass, line)
    if (question === undefined || kind.joins !== true) return
    const alike = this.#waitingBy.get(question) ?? new Set()
    this.#waitingBy.set(question, alike.add(call))
  }

  /** Who is next by the line's own rule: who came first, after the handicaps of the classes. */
  #nextCall(): Call | undefined {
    let best: { calls: Call[]; head: number } | undefined
    let earliest = Number.POSITIVE_INFINITY
    for (const [callClass, line] of this.#lines) {
      while (line.calls[line.head]?.isServed) line.head += 1
      if (line.head > 1000) {
        line.calls.splice(0, line.head)
        line.head = 0
      }
      const first = line.calls[line.head]
      if (first === undefined) continue
      const turn = first.arrivedAt + HANDICAPS_MS[callClass as keyof typeof HANDICAPS_MS]
      if (turn >= earliest) continue
      earliest = turn
      best = line
    }
    return best?.calls[best.head++]
  }

  #serve(call: Call, client: number, now: number): void {
    const { serviceMs, spread, messages, keptMs } = call.kind
    const sentAt = messages > 0 ? this.#send(client, now) : now
    const endAt = sentAt + serviceMs * (1 - spread) + this.#exponential(serviceMs * spread)
    for (let more = 1; more < messages; more += 1) this.#send(client, endAt)
    const from = Math.max(now, this.#countsFrom)
    this.#busyMs += Math.max(0, Math.min(endAt, this.#countsTo) - from)
    this.#endings.add({ at: endAt, client })
    if (call.question !== undefined && keptMs !== undefined) this.#kept.set(call.question, endAt)
    this.#answer(call, now, endAt)
    this.#serveAlike(call, now, endAt)
  }

  #serveAlike(asker: Call, now: number, endAt: number): void {
    const alike = this.#waitingBy.get(asker.question ?? '')
    if (alike === undefined) return
    this.#waitingBy.delete(asker.question ?? '')
    for (const call of alike) {
      if (call.isServed) continue
      this.#shared += this.#isCounted(call) ? 1 : 0
      this.#answer(call, now, endAt)
    }
  }

  #isCounted({ arrivedAt }: Call): boolean {
    return arrivedAt >= this.#countsFrom
  }

  #answer(call: Call, slotAt: number, endAt: number): void {
    call.isServed = true
    if (endAt >= this.#countsFrom && endAt < this.#countsTo) this.#answered += 1
    if (!this.#isCounted(call)) return
    const waitMs = slotAt - call.arrivedAt
    if (waitMs > 0) this.#waited += 1
    const waits = this.#waits.get(call.kind.name) ?? { sum: 0, count: 0 }
    waits.sum += waitMs
    waits.count += 1
    this.#waits.set(call.kind.name, waits)
    this.#times.push(endAt - call.arrivedAt)
  }

  /** When a message leaves: now, or when that would not be one too many within a second. */
  #send(client: number, now: number): number {
    const ring = this.#sent[client]
    if (ring === undefined || ring.at.length === 0) return now
    const at = Math.max(now, (ring.at[ring.next] ?? 0) + 1000)
    ring.at[ring.next] = at
    ring.next = (ring.next + 1) % ring.at.length
    return at
  }
}
