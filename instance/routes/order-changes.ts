import type { FastifyReply } from 'fastify'
import {
  changeOrder,
  closePosition,
  previewOrder,
  smartOrder,
} from '../../shared/api/order-changes.ts'
import type { Aimed } from '../../shared/schemas/order-change.ts'
import type { Service } from '../../shared/service.ts'
import { mustSee } from '../callers.ts'
import { prefers } from '../deadline.ts'
import type { Finding } from '../ib/analyses.ts'
import type { Reached, TargetCall } from '../ib/targets.ts'
import { analyzeChange, changeOne } from './change-order.ts'
import { idempotencyKey, scoped } from './keyed-answers.ts'
import { locate, ownOrderId } from './own-orders.ts'
import { type Parts, type SomeCall, serve } from './serve.ts'

/** Changes of orders, and orders that are only asked about or follow from a position. */
export function routeOrderChanges(app: Service, parts: Parts): void {
  const { link, keyedOrders, previews, targets, analyses } = parts

  serve(
    app,
    parts,
    changeOrder,
    (call) => changeOne(parts, ownOrderId(call.params.id, link.clientId), call.body, call),
    (call) => analyzeChange(parts, ownOrderId(call.params.id, link.clientId), call.body, call),
  )

  serve(app, parts, previewOrder, ({ body, path, terms }) => previews.preview(body, path, terms))

  serve(
    app,
    parts,
    smartOrder,
    async (call) => await reach(call, call.body, 201, (target) => targets.aim(call.body, target)),
    async (call) => await reckon(call, (target) => targets.aim(call.body, target)),
  )

  serve(
    app,
    parts,
    closePosition,
    async (call) => {
      const { params, query } = call
      return await reach(call, query, 200, (target) => targets.close(params.conId, query, target))
    },
    async (call) =>
      await reckon(call, (target) => targets.close(call.params.conId, call.query, target)),
  )

  /** What would be sent to reach a position, as it is now; no order where none is needed. */
  async function reckon(
    { headers, path, request, enduring }: SomeCall,
    work: (call: TargetCall) => Promise<Reached>,
  ): Promise<Finding> {
    const given = idempotencyKey(headers, path)
    const key = given === undefined ? undefined : scoped(given, request)
    let found: Finding | undefined
    const { aimed } = await work({
      ...{ endpoint: path, wait: true, terms: enduring },
      instead: async (order) => {
        found = await analyses.placing([order], false, enduring, { key, endpoint: path })
      },
    })
    const { order: _, ...about } = aimed
    return { ...(found ?? { wouldSend: [], notes: analyses.keyNotes(key) }), about }
  }

  /** Once per key: a repetition is told what the first came to, and no new difference is reckoned. */
  async function reach(
    call: SomeCall,
    payload: unknown,
    done: number,
    work: (call: TargetCall) => Promise<Reached>,
  ): Promise<Aimed> {
    const { headers, path, request, reply, enduring: terms } = call
    const wait = !prefers(headers, 'respond-async')
    const key = idempotencyKey(headers, path)
    const target = { endpoint: path, wait, terms }
    if (key === undefined) return tell(reply, await work(target), { wait, done })
    const { orders, about, acknowledged, replayed } = await keyedOrders.once(
      { key: scoped(key, request), payload, terms },
      async (claim) => {
        const { aimed, acknowledged } = await work({ ...target, claim })
        const { order, ...about } = aimed
        return { orders: order === null ? [] : [order], about, acknowledged }
      },
    )
    if (replayed) mustSee(call.caller, [about], link.status.accounts)
    if (replayed) reply.header('idempotency-replayed', 'true')
    const aimed = { ...about, order: orders[0] ?? null }
    return tell(reply, { aimed, acknowledged }, { wait, done })
  }
}

function tell(
  reply: FastifyReply,
  { aimed, acknowledged }: Reached,
  { wait, done }: { readonly wait: boolean; readonly done: number },
): Aimed {
  if (!wait) reply.header('preference-applied', 'respond-async')
  if (aimed.order === null) return aimed
  reply.code(acknowledged ? done : 202)
  locate(reply, aimed.order)
  return aimed
}
