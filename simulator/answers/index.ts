import { accountAnswers } from './account-answers.ts'
import type { Answer } from './answer.ts'
import { contractAnswers } from './contract-answers.ts'
import { depthAnswers } from './depth-answers.ts'
import { historyAnswers } from './history-answers.ts'
import { orderAnswers } from './order-answers.ts'
import { pastTickAnswers } from './past-tick-answers.ts'
import { positionAnswers } from './position-answers.ts'
import { quoteAnswers } from './quote-answers.ts'
import { sessionAnswers } from './session-answers.ts'
import { tickAnswers } from './tick-answers.ts'
import { unsupportedAnswers } from './unsupported-answers.ts'

/** How every request is served, by its number. */
export const answers: ReadonlyMap<number, Answer> = new Map(
  [
    ...sessionAnswers,
    ...contractAnswers,
    ...quoteAnswers,
    ...depthAnswers,
    ...tickAnswers,
    ...historyAnswers,
    ...pastTickAnswers,
    ...accountAnswers,
    ...positionAnswers,
    ...orderAnswers,
    ...unsupportedAnswers,
  ].map((one) => [one.id, one]),
)
