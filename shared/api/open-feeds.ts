import { Type } from 'typebox'
import { listingFields } from '../schemas/listing.ts'
import { OpenFeed } from '../schemas/open-feed.ts'
import { inParts, operation } from './operation.ts'

export const listFeeds = operation({
  operationId: 'listFeeds',
  method: 'GET',
  url: '/feeds',
  traffic: 'gathered',
  key: 'id',
  list: { summary: ['id', 'feed', 'question', 'state', 'readers'] },
  tag: 'feeds',
  summary:
    'The feeds that are open, at every client: how each stands, who reads it, what it uses up',
  schema: {
    querystring: Type.Object(
      {
        feed: Type.Optional(
          Type.String({ maxLength: 64, description: 'those of one kind: marketData' }),
        ),
        ...listingFields,
      },
      { additionalProperties: false },
    ),
    response: inParts(Type.Array(OpenFeed)),
  },
})

export const feedListOperations = [listFeeds] as const
