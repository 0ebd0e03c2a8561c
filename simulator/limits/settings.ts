/** The most that any number can be set to. */
const MANY = 1_000_000

/** A limit of the house. */
interface Row<Setting extends string> {
  readonly setting: Setting
  /** IB's own value */
  readonly usual: number
  readonly meaning: string
  readonly most: number
  /** of a limit that grows with the market data lines: so many for each line */
  readonly perLine: number | undefined
}

function row<Setting extends string>(
  setting: Setting,
  usual: number,
  meaning: string,
  { most = MANY, perLine }: { most?: number; perLine?: number } = {},
): Row<Setting> {
  return { setting, usual, meaning, most, perLine }
}

/** All limits that are numbers (facts §3.1); 0 switches one off. */
export const limitRows = {
  marketDataLines: row('SIMULATOR_MARKET_DATA_LINES', 100, 'market data lines of all clients'),
  messagesPerSecond: row('SIMULATOR_MESSAGES_PER_SECOND', 50, 'messages of a client in a second', {
    perLine: 1 / 2,
  }),
  depthRequests: row('SIMULATOR_DEPTH_REQUESTS', 3, 'instruments whose depth is streamed'),
  tickByTickRequests: row('SIMULATOR_TICK_BY_TICK_REQUESTS', 5, 'tick-by-tick streams', {
    perLine: 1 / 20,
  }),
  tickByTickRepeatMs: row(
    'SIMULATOR_TICK_BY_TICK_REPEAT_MS',
    15_000,
    'between two tick-by-tick requests of a type for an instrument, ms',
  ),
  historiesAtOnce: row('SIMULATOR_HISTORIES_AT_ONCE', 50, 'history requests open at once'),
  historyRepeatMs: row(
    'SIMULATOR_HISTORY_REPEAT_MS',
    15_000,
    'between two identical requests for small bars (30 s or less), ms',
  ),
  historyBurst: row(
    'SIMULATOR_HISTORY_BURST',
    5,
    'requests for small bars of one contract, exchange and type in 2 s',
  ),
  historyBudget: row('SIMULATOR_HISTORY_BUDGET', 60, 'requests for small bars in 10 minutes'),
  symbolSearchMs: row(
    'SIMULATOR_SYMBOL_SEARCH_MS',
    1000,
    'between two symbol searches of a client, ms: sooner ones are answered late',
  ),
  accountSummaries: row('SIMULATOR_ACCOUNT_SUMMARIES', 2, 'account summaries of a client'),
  scanners: row('SIMULATOR_SCANNERS', 10, 'scanners of a client'),
  clients: row('SIMULATOR_CLIENTS', 32, 'clients at once', { most: 128 }),
  openOrdersPerContract: row(
    'SIMULATOR_OPEN_ORDERS',
    20,
    'open orders per contract, side and account',
  ),
} as const

/** Limits that are a manner, not a number; the first is IB's own. */
export const limitChoices = {
  messageRate: {
    setting: 'SIMULATOR_MESSAGE_RATE',
    choices: ['pace', 'reject', 'off'],
    meaning: 'a client that is too fast is read more slowly, or gets error 100 and is cut off',
  },
  historyPacing: {
    setting: 'SIMULATOR_HISTORY_PACING',
    choices: ['login', 'client', 'off'],
    meaning: 'what the rules for bars of 30 s or less count together: all clients, or each',
  },
} as const

export type LimitSetting =
  | (typeof limitRows)[keyof typeof limitRows]['setting']
  | (typeof limitChoices)[keyof typeof limitChoices]['setting']

type Choice<Name extends keyof typeof limitChoices> = (typeof limitChoices)[Name]['choices'][number]

/** What each limit is set to. */
export type Limits = { readonly [Name in keyof typeof limitRows]: number } & {
  readonly [Name in keyof typeof limitChoices]: Choice<Name>
}

/** Some of them, as a test or the environment tells them. */
export type SomeLimits = { readonly [Name in keyof Limits]?: Limits[Name] | undefined }

/** All limits: those that are told, else IB's own for that many market data lines, of which nobody has less than 100. */
export function limitsOf(told: SomeLimits = {}): Limits {
  const lines = told.marketDataLines
  const numbers = Object.entries(limitRows).map(([name, { usual, perLine }]) => {
    const own = Math.max(usual, Math.floor((lines ?? 0) * (perLine ?? 0)))
    return [name, told[name as keyof typeof limitRows] ?? own]
  })
  const manners = Object.entries(limitChoices).map(([name, { choices }]) => {
    return [name, told[name as keyof typeof limitChoices] ?? choices[0]]
  })
  return Object.fromEntries([...numbers, ...manners])
}

/** No limit but that of clients: for measuring something else. */
export const noLimits: Limits = limitsOf({
  ...Object.fromEntries(Object.keys(limitRows).map((name) => [name, 0])),
  clients: limitRows.clients.usual,
  messageRate: 'off',
  historyPacing: 'off',
})

/** What can be set, with its meaning and IB's own value: for `--help`. */
export const limitSettings: readonly (readonly [setting: string, meaning: string])[] = [
  ...Object.values(limitRows).map(({ setting, meaning, usual, perLine }) => {
    const share = perLine === undefined ? '' : `, or ${perLine * 100} % of the lines`
    return [setting, `${meaning} (${usual}${share})`] as const
  }),
  ...Object.values(limitChoices).map(
    ({ setting, meaning, choices }) =>
      [setting, `${meaning}: ${choices.join(', ')} (${choices[0]})`] as const,
  ),
]
