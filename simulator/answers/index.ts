import { accountAnswers } from './account-answers.ts'
import { adviserAnswers } from './adviser-answers.ts'
import type { Answer } from './answer.ts'
import { contractAnswers } from './contract-answers.ts'
import { depthAnswers } from './depth-answers.ts'
import { displayGroupAnswers } from './display-group-answers.ts'
import { fundamentalAnswers } from './fundamental-answers.ts'
import { histogramAnswers } from './histogram-answers.ts'
import { historyAnswers } from './history-answers.ts'
import { newsAnswers } from './news-answers.ts'
import { orderAnswers } from './order-answers.ts'
import { pastTickAnswers } from './past-tick-answers.ts'
import { positionAnswers } from './position-answers.ts'
import { quoteAnswers } from './quote-answers.ts'
import { scannerAnswers } from './scanner-answers.ts'
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
    ...displayGroupAnswers,
    ...newsAnswers,
    ...scannerAnswers,
    ...fundamentalAnswers,
    ...histogramAnswers,
    ...adviserAnswers,
    ...unsupportedAnswers,
  ].map((one) => [one.id, one]),
)
