import { performance } from 'node:perf_hooks'
import { OWNED_HEADER } from '../shared/api/operation.ts'
import { Problem } from '../shared/problem.ts'
import { type Answer, toldBeside, writeAnswer, writeProblem } from './answer.ts'
import type { Asked, Told } from './asked.ts'
import type { CallContext, CallFacts } from './call-facts.ts'
import type { CallRecord } from './call-log.ts'
import { passedBack, withFields } from './headers.ts'
import { Held } from './held.ts'
import type { Ending, Lease } from './lease.ts'
import { standingFields } from './limits/standings.ts'
import type { Asker, CallClass, Waiter } from './line.ts'
import { instanceLost, ownerUnreachable, tooLate } from './losses.ts'
import type { KeptAnswer } from './pacing/kept-answers.ts'
import type { PacedCaller, Pass } from './pacing/pass.ts'
import { questionOf } from './question.ts'
import { RETRY_LAW, turnedAway } from './retry-law.ts'
import type { Slot } from './slot.ts'
import type { Exchange, Flow } from './wire/connection.ts'
import type { Connections } from './wire/connections.ts'
import { linesOf, requestOf } from './wire/request.ts'

/** A caller who hung up, as the metrics call it; nothing is sent. */
const CALLER_GONE = 499

/** On an answer that is open: the call it is to. With closures of their own, calls lived on until the next great collection. */
const CARRIED = Symbol('call')
interface Carrier extends Told {
  [CARRIED]?: Call | undefined
}

const OWNED_LINE = linesOf([OWNED_HEADER, '1'])

/** Stands for the question of a call that must be asked by itself. */
const ALONE = ''

/**
 * One call on its way to an instance and back. It waits for what IB allows and for a slot (`leased`) or goes straight to its
 * owner, is sent, and is answered once. Its lease ends when the *instance* has finished, whatever the caller does.
 */
export class Call implements Waiter, Asker, PacedCaller, Exchange {
  readonly callClass: CallClass
  readonly pinnedTo: number | undefined
  readonly deadline: number
  readonly barred: Waiter['barred']
  readonly #context: CallContext
  readonly route: string
  readonly #asked: Asked
  readonly #told: Carrier
  readonly #arrived: number
  readonly #came = Date.now()
  since: number | undefined
  place: Waiter['place']
  readonly #timer: NodeJS.Timeout
  readonly #tried: Slot[] = []
  /** undefined: no limit of the login counts it */
  readonly #pass: Pass | undefined
  readonly #audited: CallFacts['audited']
  /** when it began to wait for a slot */
  #inLineSince: number
  #question: string | undefined
  #queueMs = 0
  #lease: Lease | null = null
  #clientId: number | undefined
  #sent = false
  /** the caller has been answered, or has gone */
  #over = false
  /** callers whose question this is too */
  #companions: readonly Waiter[] = []
  #flow: Flow | undefined
  #status = 0
  #headers: string[] = []
  readonly #held = new Held()
  #streaming = false

  constructor(context: CallContext, facts: CallFacts, asked: Asked, told: Told) {
    this.#context = context
    this.route = facts.route
    this.callClass = facts.callClass
    this.pinnedTo = facts.pinnedTo
    this.barred = facts.barred
    this.deadline = this.#came + facts.timeoutMs
    this.#asked = asked
    this.#arrived = asked.arrivedAt
    this.#inLineSince = this.#arrived
    this.#told = told
    this.#timer = setTimeout(Call.#whenLate, facts.timeoutMs, this)
    this.#told[CARRIED] = this
    this.#told.on('close', Call.#whenClosed)
    this.#pass = facts.pass?.(this)
    this.#audited = facts.audited
  }

  /** Asked for only when the call has to wait. */
  get question(): string | undefined {
    this.#question ??= questionOf(this.#asked, this.pinnedTo) ?? ALONE
    return this.#question === ALONE ? undefined : this.#question
  }

  get clientId(): number | undefined {
    return this.#clientId
  }

  /** Sends it to a slot as soon as IB's limits allow it and it may have one. */
  start(): void {
    if (this.#pass === undefined) this.lease()
    else this.#pass.enter()
  }

  lease(): void {
    if (this.since === undefined) this.#inLineSince = performance.now()
    this.#context.pool.acquire(this)
  }

  /** Sends it to the one instance that owns what it names, beside the slots. */
  toOwner(clientId: number, connections: Connections): void {
    this.#clientId = clientId
    this.#inLineSince = performance.now()
    this.#context.pool.enterBeside(clientId)
    this.#dispatch(connections)
  }

  hasTried(slot: Slot): boolean {
    return this.#tried.includes(slot)
  }

  granted(lease: Lease): void {
    this.#lease = lease
    this.#clientId = lease.slot.clientId
    this.#queueMs = performance.now() - this.#inLineSince
    // who has waited until now with the same question: nobody's answer is older than his question
    this.#companions = this.#context.pool.line.takeAlike(this)
    for (const companion of this.#companions) companion.joined(this)
    this.#dispatch(this.#context.upstreams.ofSlot(lease.slot))
    this.#context.metrics.queued(this.#queueMs / 1000)
  }

  refused(why: Problem): void {
    this.#pass?.leave()
    this.#context.metrics.refused(why.code)
    this.#fail(why)
  }

  served({ answer, clientId }: KeptAnswer): void {
    this.#clientId = clientId
    this.answered(answer)
  }

  joined({ clientId }: Asker): void {
    this.#pass?.leave()
    this.#clientId = clientId
    this.#queueMs = performance.now() - this.#inLineSince
    this.#context.metrics.queued(this.#queueMs / 1000)
    this.#context.metrics.joined()
  }

  answered(answer: Answer | Problem): void {
    if (this.#over) return
    if (answer instanceof Problem) {
      this.#fail(answer)
      return
    }
    this.#close()
    writeAnswer(this.#told, this.#asked.method, answer, this.#additions())
    this.#finish(answer.status)
  }

  abandoned(): void {
    this.#clientId = undefined
    if (!this.#over) this.start()
  }

  #leaveCompanions(): void {
    const companions = this.#companions
    this.#companions = []
    for (const companion of companions) companion.abandoned()
  }

  #dispatch(connections: Connections): void {
    this.#sent = false
    this.#status = 0
    connections.send(this)
  }

  get method(): string {
    return this.#asked.method
  }

  requestTo(host: string): string | Buffer {
    let deadline = this.deadline
    for (const companion of this.#companions) deadline = Math.max(deadline, companion.deadline)
    const left = Math.max(1, Math.floor(deadline - Date.now()))
    const { pool, upstreams } = this.#context
    // beside the slots: the instance need not wait for one either
    const owned = this.#lease === null ? OWNED_LINE : ''
    const wish = linesOf(pool.fills.wish(this.route, this.#clientId))
    return requestOf(host, this.#asked, left, upstreams.credentialLines + wish + owned)
  }

  onSent(flow: Flow): void {
    this.#sent = true
    this.#flow = flow
  }

  onHead(status: number, fields: string[]): void {
    this.#status = status
    this.#headers = passedBack(fields)
    this.#context.pool.fills.answered(this.#clientId ?? -1, status, fields)
  }

  /** Nobody is there for what comes; those who wait for a paced answer elsewhere are. */
  get #isUnwanted(): boolean {
    if (!this.#over || this.#companions.length > 0) return false
    return this.#streaming || this.#pass === undefined
  }

  onContent(chunk: Buffer): void {
    if (this.#isUnwanted) return
    if (this.#streaming) {
      this.#stream(chunk)
      return
    }
    this.#held.add(chunk)
    if (this.#held.isTooMuch) this.#startStreaming()
  }

  #startStreaming(): void {
    // too large to be kept for everybody
    this.#leaveCompanions()
    const held = this.#held.take()
    if (this.#over) return
    this.#streaming = true
    this.#told.writeHead(this.#status, [...this.#headers, ...this.#additions()])
    for (const chunk of held) this.#stream(chunk)
  }

  #stream(chunk: Buffer): void {
    const flow = this.#flow
    if (this.#told.write(chunk) || flow === undefined || flow.isPaused) return
    flow.pause()
    this.#told.once('drain', () => this.#flow?.resume())
  }

  onEnd(): void {
    this.#flow = undefined
    const why = this.#lease && this.#status === 503 ? turnedAway(this.#held.whole) : undefined
    const ending = why === undefined ? 'finished' : RETRY_LAW[why].ending
    // the slot first: its next call leaves before this one's answer is written
    this.#settle(ending, 'it does not take calls at the moment')
    if (why !== undefined && this.#lease !== null) {
      this.#leaveCompanions()
      if (this.#over) this.#pass?.leave()
      else this.#retry(this.#lease, ending)
      return
    }
    if (this.#isUnwanted) this.#pass?.ended(undefined, this.#clientId)
    else this.#answer()
  }

  onLost(reason: string): void {
    this.#flow = undefined
    const what = `${this.#asked.method} ${this.route} there ended in ${reason}`
    const failure = this.#sent ? (this.#status === 0 ? 'reset' : 'cut') : 'refused'
    const { again, ending } = RETRY_LAW[failure]
    this.#settle(ending, what)
    if (this.#lease === null) this.#context.pool.down(this.#clientId ?? -1, `connection: ${reason}`)
    if (again) this.#leaveCompanions()
    const why = again
      ? ownerUnreachable(this.#clientId, reason)
      : instanceLost(this.#clientId, this.#asked.method, reason)
    for (const companion of this.#companions) companion.answered(why)
    if (!again) this.#pass?.ended(undefined, this.#clientId)
    else if (this.#over) this.#pass?.leave()
    if (this.#over) return
    if (again && this.#lease !== null) this.#retry(this.#lease, 'refused-connection')
    else if (this.#streaming) this.#cutOff()
    else this.#fail(why)
  }

  #settle(ending: Ending, reason: string): void {
    if (this.#lease !== null) this.#lease.settle(ending, reason)
    else if (this.#clientId !== undefined) this.#context.pool.leaveBeside(this.#clientId)
  }

  /** Only what was never worked on comes here: it goes to another slot, once per slot (design §3.5). */
  #retry(lease: Lease, why: string): void {
    this.#context.metrics.retried(why)
    // one that works for another proxy now may have room later
    if (why !== 'turned-away') this.#tried.push(lease.slot)
    this.since ??= this.#came
    this.#lease = null
    this.#clientId = undefined
    this.#held.reset()
    this.lease()
  }

  #answer(): void {
    if (this.#streaming) {
      this.#close()
      this.#told.end()
      this.#finish(this.#status)
      this.#pass?.ended(undefined, this.#clientId)
      return
    }
    const answer = { status: this.#status, headers: this.#headers, body: this.#held.whole }
    if (!this.#over) {
      this.#close()
      writeAnswer(this.#told, this.#asked.method, answer, this.#additions())
      this.#finish(this.#status)
    }
    for (const companion of this.#companions) companion.answered(answer)
    this.#pass?.ended(this.#held.isTooMuch ? undefined : answer, this.#clientId)
    this.#held.reset()
  }

  /** What the proxy says of a call beside its answer. */
  #additions(): string[] {
    const own = toldBeside(this.#asked.id, this.#clientId, {
      pacingMs: this.#pass && this.#inLineSince - this.#arrived,
      queueMs: this.#queueMs,
      totalMs: performance.now() - this.#arrived,
    })
    const standings = standingFields(this.#asked.headers, this.#pass?.standings)
    return withFields(withFields(own, this.#pass?.fields), standings)
  }

  #fail(why: Problem): void {
    if (this.#over) return
    this.#close()
    const clientId = this.#clientId
    const queueMs = clientId === undefined ? performance.now() - this.#arrived : this.#queueMs
    writeProblem(this.#told, this.#asked.method, why, this.#asked.id, {
      'server-timing': `queue;dur=${queueMs.toFixed(2)}`,
      ...(clientId !== undefined && { 'ibrest-client-id': String(clientId) }),
      ...standingFields(this.#asked.headers, this.#pass?.standings),
    })
    this.#finish(why.status, why.code)
  }

  static readonly #whenLate = (call: Call): void => call.#late()
  static readonly #whenClosed = function (this: Carrier): void {
    const call = this[CARRIED]
    if (call !== undefined) call.#callerGone()
  }

  /** The deadline passed. Where an instance works already the caller is told, but the slot stays with the call. */
  #late(): void {
    if (this.#over) return
    if (this.#clientId === undefined)
      this.refused(this.#pass?.lateness ?? this.#context.pool.giveUp(this))
    else if (!this.#streaming) this.#fail(tooLate(this.#clientId, this.#asked.method))
    else {
      this.#cutOff()
      this.#flow?.resume()
    }
  }

  #callerGone(): void {
    if (this.#over) return
    this.#context.pool.line.leave(this)
    if (this.#clientId === undefined) this.#pass?.leave()
    this.#close()
    this.#finish(CALLER_GONE)
    // what the instance still sends is read and dropped, so that its slot comes free
    this.#flow?.resume()
  }

  /** Whoever has a part of it already hears no more. */
  #cutOff(): void {
    this.#close()
    this.#finish(this.#status)
    this.#told.destroy()
  }

  /** Nobody is answered from here on but by who closes it. */
  #close(): void {
    this.#over = true
    if (this.#isUnwanted) this.#held.take()
    clearTimeout(this.#timer)
    this.#told[CARRIED] = undefined
  }

  #finish(status: number, code?: string): void {
    const { id, method, headers: given, ip: address } = this.#asked
    const call: CallRecord = {
      id,
      method,
      route: this.route,
      status,
      code,
      clientId: this.#clientId,
      beforeMs: this.#inLineSince - this.#arrived,
      isPaced: this.#pass !== undefined,
      queueMs: this.#queueMs,
      ms: performance.now() - this.#arrived,
    }
    this.#context.ended({ at: Date.now(), call, given, address, headers: this.#headers })
    this.#audited?.(call, this.#headers)
  }
}
