import { type Static, Type } from 'typebox'
import { NullableInteger, NullableNumber, NullableString, OneOf } from './value.ts'

const Stage = (description: string) => ({ ...NullableNumber, description })

/** A call that has ended: who made it, where it went, where its time went. Never what was said in it. */
export const TrafficCall = Type.Object({
  number: Type.Integer({ description: 'counts up from the start of the proxy' }),
  at: Type.String({ format: 'date-time', description: 'when it ended' }),
  id: Type.String({ description: 'its X-Request-Id' }),
  caller: Type.String({ description: 'the name of its key or user' }),
  address: Type.String(),
  method: Type.String(),
  route: Type.String(),
  operation: NullableString,
  status: Type.Integer({ description: '499: its caller hung up' }),
  code: NullableString,
  clientId: NullableInteger,
  pacingMs: Stage("waiting for one of IB's limits; null where none counts it"),
  queueMs: Type.Number({ description: 'waiting for a slot' }),
  paceMs: Stage('waiting for the message rate of its client'),
  ibMs: Stage('IB'),
  encodeMs: Stage('writing the answer'),
  instanceMs: Stage('at its client and on the way there; null when it never came so far'),
  totalMs: Type.Number(),
})
export type TrafficCall = Static<typeof TrafficCall>

/** Where the time of a call goes; `overhead` is what no other stage accounts for: both ways, judging, translating. */
export const STAGES = ['total', 'pacing', 'queue', 'pace', 'ib', 'encode', 'overhead'] as const
export type StageName = (typeof STAGES)[number]

/** How long one stage of one operation took of late. */
export const LatencyRow = Type.Object({
  operation: Type.String({ description: 'operationId' }),
  method: Type.String(),
  route: Type.String(),
  clientId: { ...NullableInteger, description: 'null: all of them together' },
  stage: OneOf(STAGES),
  calls: Type.Integer({ description: 'that ended within the last five minutes' }),
  p50Ms: Type.Number({ description: 'within 5 % of the truth, as the others' }),
  p90Ms: Type.Number(),
  p95Ms: Type.Number(),
  p99Ms: Type.Number(),
  within: {
    ...NullableNumber,
    description: 'share of the calls that took no longer than `withinMs`',
  },
})
export type LatencyRow = Static<typeof LatencyRow>
