import { type TObject, type TProperties, Type } from 'typebox'
import { FeedAck, feedUpdate, joinedUpdate, SourceRef, viewFields } from '../schemas/feed.ts'
import { ProblemDocument } from '../schemas/problem.ts'
import { type IbTalk, operation } from './operation.ts'

/**
 * Which client keeps a feed: the one its `contract` falls to, the one its whole `question` falls to, so that all readers
 * of the same thing meet and share one stream of IB; `steward`: client 0, for what IB gives to one only; `everybody`:
 * each client has its own part, and the proxy joins them.
 */
export type FeedOwner = 'contract' | 'question' | 'steward' | 'everybody'

/** Set by the proxy on a stream it asks for again: its reader has been told of a gap, and waits to hear that it is over. */
export const GAP_HEADER = 'ibrest-gap'

/** One feed, declared once: what can be asked of it, what its rows are. */
export interface FeedDeclaration {
  readonly name: string
  readonly url: string
  readonly owner: FeedOwner
  readonly tag: string
  readonly title: string
  /** what keeps it current; `end` is what ends its line at IB */
  readonly ib?: IbTalk
  /** what is to be followed: `properties` taken from the body or the query, `required` ones checked of both together */
  readonly question: TObject
  readonly row: TObject
  /** rows come and stay as they are, such as trades: a stream never leaves one out, and does not tell when it is old */
  readonly isTape?: boolean
}

/** Everything that may stand beside the question in a query. */
const reading = {
  sourceRef: SourceRef,
  cursor: Type.String({
    pattern: '^[\\w-]{1,32}\\.\\d{1,15}$',
    description: 'where a stream goes on, as `Last-Event-ID`',
  }),
}

const closed = { additionalProperties: false } as const
const problems = { 404: ProblemDocument, 409: ProblemDocument, 410: ProblemDocument }

/** The four operations of a feed: subscribe, read, change, end (design §6). */
export function feedOperations<const Declared extends FeedDeclaration>(feed: Declared) {
  const { name, url, tag, title, row, ib } = feed
  const asked = Type.Partial(Type.Object(feed.question.properties as TProperties)).properties
  const view = Type.Partial(Type.Object(viewFields)).properties
  const wide = Type.Partial(Type.Object(reading)).properties
  const Update = (feed.owner === 'everybody' ? joinedUpdate(row) : feedUpdate(row)) as ReturnType<
    typeof feedUpdate
  >
  const Name = name[0]?.toUpperCase() + name.slice(1)
  const common = { url, tag, traffic: 'owned', owner: 'feed', feed, ...(ib && { ib }) } as const
  return {
    subscribe: operation({
      ...common,
      operationId: `subscribe${Name}`,
      method: 'POST',
      summary: `${title}: subscribes; answers with the first rows. \`Source-Ref\` names the subscription`,
      schema: {
        querystring: Type.Object({ ...asked, ...view, sourceRef: wide.sourceRef }, closed),
        body: Type.Object({ ...asked, ...view }, closed),
        response: { 200: Update, ...problems },
      },
    }),
    read: operation({
      ...common,
      operationId: `read${Name}`,
      method: 'GET',
      produces: 'its own',
      summary: `${title}: what changed since the last answer (\`Prefer: wait=N\` to wait for it); as \`text/event-stream\` or \`application/atom+xml\` also without a subscription`,
      schema: {
        querystring: Type.Object({ ...asked, ...view, ...wide }, closed),
        response: { 200: Update, ...problems, 406: ProblemDocument },
      },
    }),
    change: operation({
      ...common,
      operationId: `change${Name}`,
      method: 'PUT',
      summary: `${title}: more rows, another page, more or fewer fields of the subscription that \`Subscription-Ref\` names`,
      schema: {
        querystring: Type.Object(
          {
            viewNumber: view.viewNumber,
            sourceRef: wide.sourceRef,
            subscriptionRef: wide.sourceRef,
          },
          closed,
        ),
        body: Type.Object(
          { addFields: view.fields, dropFields: view.fields, viewNumber: view.viewNumber },
          closed,
        ),
        response: { 200: FeedAck, ...problems },
      },
    }),
    end: operation({
      ...common,
      operationId: `end${Name}`,
      method: 'DELETE',
      summary: `${title}: ends the subscription that \`Source-Ref\` names`,
      schema: {
        querystring: Type.Object({ sourceRef: wide.sourceRef }, closed),
        response: { 200: FeedAck, ...problems },
      },
    }),
  }
}
