import { requests } from '../wire/requests.ts'
import { type Answer, answer, tradingAnswer, validating } from './answer.ts'

const NOT_ALLOWED = 'News feed is not allowed.'

/** What a login without such a subscription is told, and what is not simulated. */
export const unsupportedAnswers: readonly Answer[] = [
  tradingAnswer(requests.exerciseOptions, (client, { reqId }) =>
    client.error(reqId, 321, validating('the exercise of options is not simulated')),
  ),
  answer(requests.reqWshMetaData, (client, { reqId }) => client.error(reqId, 10276, NOT_ALLOWED)),
  answer(requests.reqWshEventData, (client, { reqId }) => client.error(reqId, 10276, NOT_ALLOWED)),
  // there is nothing to cancel: IB says nothing either
  answer(requests.cancelWshMetaData, () => undefined),
  answer(requests.cancelWshEventData, () => undefined),
]
