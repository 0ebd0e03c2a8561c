import { type Static, Type } from 'typebox'
import { Preview } from '../shared/schemas/order-change.ts'
import { OneOf } from '../shared/schemas/value.ts'

/** One message about an order that a call would send. */
export const WouldSend = Type.Object({
  what: OneOf(['place', 'change', 'cancel']),
  when: Type.String({ description: '`now`, or what it would wait for' }),
  id: Type.Unsafe<string | null>({
    type: ['string', 'null'],
    description: 'of the order that is there already',
  }),
  order: Type.Unsafe<object>({
    type: 'object',
    additionalProperties: true,
    description: 'as it would be sent; of a cancel: the order as it is known',
  }),
  preview: Type.Unsafe<Preview | null>({ anyOf: [Preview, { type: 'null' }] }),
  problem: Type.Unsafe<{ readonly code: string; readonly detail: string } | null>({
    type: ['object', 'null'],
    properties: { code: { type: 'string' }, detail: { type: 'string' } },
    required: ['code', 'detail'],
    description: 'for which IB would refuse this one of several',
  }),
})
export type WouldSend = Static<typeof WouldSend>

/** What a call would do that was only analyzed: nothing of it was done, nothing was written down. */
export const Analysis = Type.Object({
  analyzed: Type.Literal(true),
  operation: Type.String({ description: 'its operationId' }),
  wouldSend: Type.Array(WouldSend),
  about: Type.Unknown({
    description: 'what was reckoned for it, such as the position that was found; or null',
  }),
  notes: Type.Array(Type.String()),
})
export type Analysis = Static<typeof Analysis>
