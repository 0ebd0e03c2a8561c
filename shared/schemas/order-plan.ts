import { type Static, Type } from 'typebox'
import { Order, OrderRequest } from './order.ts'
import { MAX_ORDERS_PER_CALL } from './order-request.ts'
import { NullableInstant, NullableString, OneOf } from './value.ts'
import { forbid, requiredUnless, when } from './when.ts'

/** What no order of a plan may say: the plan itself decides when orders go and who belongs together. */
const decided = 'is not allowed: an order of a plan has no parent and is never held back'

const { parentId: _parent, transmit: _transmit, ...placeable } = OrderRequest.properties

const { allOf } = OrderRequest as { allOf?: object[] }

/** An order of an OCA plan. */
const PlannedOrder = Type.Unsafe<OrderRequest>({
  ...OrderRequest,
  allOf: [...(allOf ?? []), forbid(['parentId', 'transmit'], decided)],
})

/** The opening order, and the OCA group that goes out once it has filled (S0.s9). */
export const OcaRequest = Type.Array(PlannedOrder, { minItems: 2, maxItems: MAX_ORDERS_PER_CALL })
export type OcaRequest = Static<typeof OcaRequest>

/** Where an OCA plan stands: waiting for the opening to fill, sending the group, all sent, or over without all of it. */
export const OCA_STATES = ['opening', 'closing', 'done', 'ended'] as const

/** An opening order with the OCA group that follows it. */
export const OcaPlan = Type.Object({
  id: Type.String({ description: 'of the opening order, and the name of the group' }),
  state: OneOf(OCA_STATES),
  open_resp: Order,
  close_resp: Type.Unsafe<Order[] | null>({
    anyOf: [Type.Array(Order), { type: 'null' }],
    description: 'null while the group has not been sent',
  }),
  reason: NullableString,
})
export type OcaPlan = Static<typeof OcaPlan>

/** A large order is cut into at most so many: each is an order of its own to IB. */
export const MAX_SLICES = 100
/** A pause longer than a day is another order, s. */
const MAX_INTERVAL_SECONDS = 86_400

const { totalQuantity, cashQty: _cash, ...slice } = placeable

/** An order that is sent in slices, one after the other. */
export const SplitRequest = Type.Object(
  {
    ...slice,
    totalQuantity: Type.Number({ exclusiveMinimum: 0, maximum: 1e9 }),
    splitSize: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: 'quantity of each slice; the last may be smaller',
      }),
    ),
    slices: Type.Optional(
      Type.Integer({
        minimum: 2,
        maximum: MAX_SLICES,
        description: 'how many, as equal as whole units allow',
      }),
    ),
    intervalSeconds: Type.Optional(
      Type.Number({ minimum: 0, maximum: MAX_INTERVAL_SECONDS, description: 'default 0' }),
    ),
  },
  {
    additionalProperties: false,
    allOf: [
      ...(allOf ?? []),
      requiredUnless('splitSize', 'slices'),
      when(
        { required: ['splitSize'] },
        forbid(['slices'], 'slices must not be given beside splitSize'),
      ),
    ],
  },
)
export type SplitRequest = Static<typeof SplitRequest>

/** Where a split stands: slices are still to come, all were sent, or over without all of them. */
export const SPLIT_STATES = ['running', 'done', 'ended'] as const

/** A large order and its slices so far. */
export const SplitPlan = Type.Object({
  id: Type.String({ description: 'of the first slice' }),
  state: OneOf(SPLIT_STATES),
  orders: Type.Array(Order),
  planned: Type.Integer({ description: 'how many slices it was cut into' }),
  nextAt: NullableInstant,
  reason: NullableString,
})
export type SplitPlan = Static<typeof SplitPlan>

/** A plan of which nothing follows any more. */
export const EndedPlan = Type.Object({
  id: Type.String(),
  clientId: Type.Integer(),
  kind: Type.Unsafe<'oca' | 'split'>({ type: 'string', enum: ['oca', 'split'] }),
})
export type EndedPlan = Static<typeof EndedPlan>
