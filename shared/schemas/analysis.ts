import { type Static, Type } from 'typebox'
import { Preview } from './order-change.ts'
import { NullableString, OneOf } from './value.ts'

/** One message about an order that a call would send. */
export const WouldSend = Type.Object({
  what: OneOf(['place', 'change', 'cancel']),
  when: Type.String({ description: '`now`, or what it would wait for' }),
  id: { ...NullableString, description: 'of the order that is there already' },
  order: Type.Unknown({
    description: 'as it would be sent; of a cancel: the order as it is known',
  }),
  preview: Type.Unsafe<Preview | null>({ anyOf: [Preview, { type: 'null' }] }),
  problem: Type.Unsafe<{ code: string; detail: string } | null>({
    description: 'for which IB would refuse this one of several',
    anyOf: [Type.Object({ code: Type.String(), detail: Type.String() }), { type: 'null' }],
  }),
})
export type WouldSend = Static<typeof WouldSend>

/** What a call would do that was only analyzed: nothing of it was done, nothing was written down. */
export const Analysis = Type.Object({
  analyzed: Type.Literal(true),
  operation: Type.String(),
  wouldSend: Type.Array(WouldSend),
  about: Type.Unknown({
    description: 'what was reckoned for it, such as the position that was found',
  }),
  notes: Type.Array(Type.String()),
})
export type Analysis = Static<typeof Analysis>
