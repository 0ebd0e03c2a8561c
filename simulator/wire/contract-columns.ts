import { int, type RowOf, real, text } from './column.ts'

const beforeExchange = [
  int('conId'),
  text('symbol'),
  text('secType'),
  text('lastTradeDateOrContractMonth'),
  real('strike', '0'),
] as const

/** The contract of most answers: C11 of facts §1.2. */
export const contract11 = [
  ...beforeExchange,
  text('right'),
  text('multiplier'),
  text('exchange'),
  text('currency'),
  text('localSymbol'),
  text('tradingClass'),
] as const

/** C11 inside openOrder and completedOrder, where a contract without a right says `?` (facts §1.4). */
export const orderContract11 = [
  ...beforeExchange,
  text('right', '?'),
  text('multiplier'),
  text('exchange'),
  text('currency'),
  text('localSymbol'),
  text('tradingClass'),
] as const

/** The contract of updatePortfolio: P11 of facts §1.2. */
export const portfolio11 = [
  ...beforeExchange,
  text('right'),
  text('multiplier'),
  text('primaryExch'),
  text('currency'),
  text('localSymbol'),
  text('tradingClass'),
] as const

/** The contract of requests: C12 of facts §1.2. */
export const contract12 = [
  ...beforeExchange,
  text('right'),
  text('multiplier'),
  text('exchange'),
  text('primaryExch'),
  text('currency'),
  text('localSymbol'),
  text('tradingClass'),
] as const

/** The contract of a request, as read. */
export type ContractRow = RowOf<typeof contract12>
/** The contract of an answer, as written. */
export type AnswerContractRow = RowOf<typeof contract11>
