import { Type } from 'typebox'
import { FEED_STATES, SourceRef } from '../schemas/feed.ts'
import { ProblemDocument } from '../schemas/problem.ts'
import { OneOf } from '../schemas/value.ts'
import { operation } from './operation.ts'

export const getSubscription = operation({
  operationId: 'getSubscription',
  method: 'GET',
  url: '/subscriptions/:sourceRef',
  traffic: 'owned',
  owner: 'feed',
  tag: 'feeds',
  summary: 'Where a subscription to a feed lives and how it stands; asking does not keep it alive',
  schema: {
    params: Type.Object({ sourceRef: SourceRef }),
    response: {
      200: Type.Object({
        sourceRef: SourceRef,
        feed: Type.String({ description: 'its path, where it is read' }),
        state: OneOf(FEED_STATES),
        clientId: Type.Integer(),
      }),
      404: ProblemDocument,
      410: ProblemDocument,
    },
  },
})

export const endIdleFeeds = operation({
  operationId: 'endIdleFeeds',
  method: 'DELETE',
  url: '/feeds/idle',
  traffic: 'gathered',
  key: 'clientId',
  tag: 'feeds',
  summary:
    'Gives up the lines that are kept for readers who may come back; no reader loses anything',
  schema: {
    response: {
      200: Type.Array(Type.Object({ ended: Type.Integer(), clientId: Type.Integer() })),
    },
  },
})

export const subscriptionOperations = [getSubscription, endIdleFeeds] as const
