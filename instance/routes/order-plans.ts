import { randomUUID } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import {
  cancelOca,
  cancelSplit,
  endPlans,
  getOca,
  getSplit,
  listOca,
  listSplits,
  placeOca,
  placeSplit,
} from '../../shared/api/order-plans.ts'
import { formatOrderId } from '../../shared/ids.ts'
import { type Problem, problem } from '../../shared/problem.ts'
import type { Order } from '../../shared/schemas/order.ts'
import type { OcaPlan, OcaRequest, SplitPlan } from '../../shared/schemas/order-plan.ts'
import type { Service } from '../../shared/service.ts'
import { type Caller, mustSee, ordersSeenBy } from '../callers.ts'
import { prefers } from '../deadline.ts'
import { refuseFields } from '../fields.ts'
import type { Finding } from '../ib/analyses.ts'
import { mayCancel } from '../ib/cancels.ts'
import { groupKey, groupOf } from '../ib/oca-plan.ts'
import { blankOrder, isFinal, wasNeverThere } from '../ib/order-documents.ts'
import { type Cut, cutOf, nextSliceAt, sliceKey, slicesOf } from '../ib/split-plan.ts'
import type { PlanRow } from '../ledger/plans.ts'
import { placingKey, refuseInOthers } from './orders.ts'
import { ownOrderId } from './own-orders.ts'
import { type Call, type Parts, serve } from './serve.ts'

/** The number of no order. */
const NO_ORDER = 0

const THEIRS = 'the first order names the plan, and the group is named for it'

/** What every call that begins a plan has. */
type Beginning = Pick<Call<typeof placeOca>, 'headers' | 'reply' | 'enduring'>

/** `/order/oca…` and `/order/split…`: orders that follow orders. */
export function routeOrderPlans(app: Service, parts: Parts): void {
  const { config, link, orders, followUps, cancels, ledger, keyedAnswers, analyses } = parts
  const { clientId } = link
  const look = (orderId: number) => cancels.known(orderId)

  const placeGroup = async ({ body, path, ...call }: Call<typeof placeOca>) => {
    refuseInOthers(body, ['clientOrderId', 'ocaGroup'], THEIRS, path)
    const [first] = body
    const key = placingKey(call.headers, first, config)
    if (isNew(key)) await orders.check(body, 'basket', call.enduring, path)
    const plan = { kind: 'oca' as const, request: body }
    const begun = await begin({ ...call, key, first: first as (typeof body)[number], plan })
    return ocaOf(begun)
  }
  serve(app, parts, placeOca, placeGroup, async ({ body, path, headers, enduring }) => {
    refuseInOthers(body, ['clientOrderId', 'ocaGroup'], THEIRS, path)
    const key = placingKey(headers, body[0], config)
    const when = 'the first has filled'
    return await analyses.placing(body, 'basket', enduring, { key, endpoint: path, when })
  })

  const placeSlices = async ({ body, path, ...call }: Call<typeof placeSplit>) => {
    const read = cutOf(body)
    if ('findings' in read) throw refuseFields(path, read.findings)
    const { cut, first } = read
    const key = placingKey(call.headers, first, config)
    if (isNew(key))
      for (const totalQuantity of new Set(cut.quantities))
        await orders.check([{ ...first, totalQuantity }], false, call.enduring, path)
    const plan = { kind: 'split' as const, request: cut }
    return splitOf(await begin({ ...call, key, first, plan }))
  }
  serve(app, parts, placeSplit, placeSlices, async ({ body, path, headers, enduring }) => {
    const read = cutOf(body)
    if ('findings' in read) throw refuseFields(path, read.findings)
    const { cut, first } = read
    const key = placingKey(headers, first, config)
    const { clientOrderId: _, ...slice } = first
    const found = []
    for (const totalQuantity of new Set(cut.quantities))
      found.push(
        await analyses.placing([{ ...slice, totalQuantity }], false, enduring, { endpoint: path }),
      )
    const priced = found.flatMap(({ wouldSend }) => wouldSend)
    const when = `${cut.intervalMs / 1000} s after the one before, and when that is over`
    const wouldSend = cut.quantities.flatMap((quantity, index) => {
      const same = priced.find(({ order }) => (order as Order).totalQuantity === quantity)
      return same === undefined ? [] : [{ ...same, when: index === 0 ? 'now' : when }]
    })
    return { wouldSend, notes: analyses.keyNotes(key) }
  })

  serve(app, parts, listOca, ({ caller }) => seenPlans(caller, 'oca').map(ocaOf))
  serve(app, parts, listSplits, ({ caller }) => seenPlans(caller, 'split').map(splitOf))
  serve(app, parts, getOca, ({ params, caller }) => ocaOf(planOf(params.id, 'oca', caller)))
  serve(app, parts, getSplit, ({ params, caller }) => splitOf(planOf(params.id, 'split', caller)))

  const rowOf = ({ orderId, kind }: Pick<PlanRow, 'orderId' | 'kind'>) => ({
    ...{ id: formatOrderId({ clientId, orderId }), clientId, kind },
  })
  const endThem = async ({ enduring, caller }: Call<typeof endPlans>) => {
    caller?.mustBeFree('Giving up every plan')
    const ended = await followUps.endAll(enduring)
    return ended.map(rowOf)
  }
  serve(app, parts, endPlans, endThem, async ({ caller }) => {
    caller?.mustBeFree('Giving up every plan')
    const plans = [...ledger.plans.all('oca'), ...ledger.plans.all('split')]
    return plans.filter(({ state }) => state === 'open').map(rowOf)
  })

  serve(
    app,
    parts,
    cancelOca,
    (call) => keyedAnswers.answer(call, async () => ocaOf(await giveUp('oca', call))),
    (call) => givingUp('oca', call),
  )
  serve(
    app,
    parts,
    cancelSplit,
    (call) => keyedAnswers.answer(call, async () => splitOf(await giveUp('split', call))),
    (call) => givingUp('split', call),
  )

  /** What of a plan still works and would be cancelled. */
  async function givingUp(
    kind: PlanRow['kind'],
    { params, enduring }: Pick<Call<typeof cancelOca>, 'params' | 'enduring'>,
  ): Promise<Finding> {
    const plan = planOf(params.id, kind, enduring.caller)
    mayCancel(enduring, firstOf(plan))
    const orders = kind === 'oca' ? [firstOf(plan)] : slicesOf(plan).map(look)
    const wouldSend = []
    for (const order of orders)
      if (order !== undefined && !isFinal(order))
        wouldSend.push(...(await analyses.cancelling(order.orderId, enduring)).wouldSend)
    return { wouldSend, notes: ['What has not been sent of it would never be sent.'] }
  }

  async function giveUp(
    kind: PlanRow['kind'],
    { params, enduring, reply }: Pick<Call<typeof cancelOca>, 'params' | 'enduring' | 'reply'>,
  ): Promise<PlanRow> {
    const { orderId, ...found } = planOf(params.id, kind, enduring.caller)
    mayCancel(enduring, firstOf({ orderId, ...found }))
    const { plan, confirmed } = await followUps.giveUp(orderId, kind, enduring)
    reply.code(confirmed ? 200 : 202)
    return plan
  }

  /** A repeated call is answered by its plan, whatever the gateway would say to it today. */
  function isNew(key: string | undefined): boolean {
    return key === undefined || ledger.plans.byKey(key) === undefined
  }

  /** @throws Problem INSTANCE_UNKNOWN_PLAN also where its caller does not see all of it */
  function planOf(written: string, kind: PlanRow['kind'], caller: Caller | undefined): PlanRow {
    const plan = followUps.find(ownOrderId(written, clientId), kind)
    // a plan there is none of is refused in the same words
    return isSeen(caller, plan) ? plan : followUps.find(NO_ORDER, kind)
  }

  function seenPlans(caller: Caller | undefined, kind: PlanRow['kind']): PlanRow[] {
    return ledger.plans.all(kind).filter((plan) => isSeen(caller, plan))
  }

  /** Every order of a plan is for an account its caller sees. */
  function isSeen(caller: Caller | undefined, plan: PlanRow): boolean {
    const asked = plan.kind === 'oca' ? (plan.request as OcaRequest) : [(plan.request as Cut).order]
    const accounts = asked.map(({ account = null }) => ({ account }))
    const { account } = firstOf(plan)
    const all = account === null ? accounts : [...accounts.slice(1), { account }]
    return ordersSeenBy(caller, all, link.status.accounts).length === all.length
  }

  async function begin({
    key = `plan ${randomUUID()}`,
    headers,
    reply,
    enduring: terms,
    ...asked
  }: Beginning & {
    readonly key: string | undefined
    readonly first: Parameters<typeof followUps.begin>[0]['first']
    readonly plan: Parameters<typeof followUps.begin>[0]['plan']
  }): Promise<PlanRow> {
    const wait = !prefers(headers, 'respond-async')
    const { plan, replayed } = await followUps.begin({ ...asked, key, terms, wait })
    if (replayed) mustSee(terms.caller, [firstOf(plan)], link.status.accounts)
    const known = wait ? await followUps.wait(plan, terms) : plan
    if (known.state === 'ended' && wasNeverThere(firstOf(known))) throw nothingSent(known)
    tell(reply, known, { wait, replayed })
    return known
  }

  function tell(
    reply: FastifyReply,
    { kind, orderId, state }: PlanRow,
    { wait, replayed }: { readonly wait: boolean; readonly replayed: boolean },
  ): void {
    if (!wait) reply.header('preference-applied', 'respond-async')
    if (replayed) reply.header('idempotency-replayed', 'true')
    reply.code(state === 'open' || !wait ? 202 : 201)
    reply.header('location', `/order/${kind}/${formatOrderId({ clientId, orderId })}`)
  }

  function firstOf({ orderId }: PlanRow): Order {
    return look(orderId) ?? blankOrder(clientId, orderId)
  }

  function ocaOf(plan: PlanRow): OcaPlan {
    const opening = firstOf(plan)
    const underWay = followUps.ordersUnder(groupKey(plan, clientId))
    const group = groupOf(plan, clientId, look) ?? (underWay.length > 0 ? underWay : null)
    const isClosing = opening.status === 'Filled' || group !== null
    return {
      id: formatOrderId({ clientId, orderId: plan.orderId }),
      state: plan.state === 'open' ? (isClosing ? 'closing' : 'opening') : plan.state,
      open_resp: opening,
      close_resp: group,
      reason: plan.reason ?? followUps.troubleWith(plan) ?? null,
    }
  }

  function splitOf(plan: PlanRow): SplitPlan {
    const { quantities } = plan.request as Cut
    const known = slicesOf(plan).map(look)
    const sent = [...known, ...followUps.ordersUnder(sliceKey(plan, clientId))]
    const isRunning = plan.state === 'open'
    const isDue = isRunning && sent.length < quantities.length
    return {
      id: formatOrderId({ clientId, orderId: plan.orderId }),
      state: plan.state === 'open' ? 'running' : plan.state,
      orders: sent.filter((order) => order !== undefined),
      planned: quantities.length,
      nextAt: isDue ? new Date(nextSliceAt(plan)).toISOString() : null,
      reason: plan.reason ?? followUps.troubleWith(plan) ?? null,
    }
  }
}

/** It is proven that the first order never came: the same call may be made again. */
function nothingSent({ reason }: PlanRow): Problem {
  return problem('INSTANCE_SESSION_LOST', {
    detail: reason ?? 'Nothing reached the gateway',
    retryable: true,
    retryAfter: 1,
  })
}
