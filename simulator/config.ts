import { LOWEST_VERSION } from './connection.ts'
import { defaults, type GatewayOptions, HIGHEST_VERSION } from './gateway.ts'
import {
  type LimitSetting,
  limitChoices,
  limitRows,
  limitSettings,
  type SomeLimits,
} from './limits/settings.ts'
import { MAX_SPEED, parseInstant } from './world/world-clock.ts'

/** What the environment says. */
export interface SimulatorConfig {
  readonly gateway: Partial<GatewayOptions>
  readonly host: string
  readonly controlPort: number
}

/** One setting. Its default and bounds are told as they are read. */
interface Row {
  readonly meaning: string
  readonly usual: string | number
  /** the lowest and highest number it takes */
  readonly range?: readonly [low: number, high: number]
  /** the words it takes */
  readonly words?: readonly string[]
}

const YES_OR_NO = ['yes', 'no'] as const
const PORTS = [0, 65_535] as const

/** Every setting, with what it means: reading, `--help` and the messages of mistakes go by this. */
const SETTINGS = {
  IBREST_HOST: { meaning: 'address to listen on', usual: defaults.host },
  SIMULATOR_PORT: {
    meaning: 'port for TWS clients, 0 for any',
    usual: defaults.port,
    range: PORTS,
  },
  SIMULATOR_CONTROL_PORT: {
    meaning: 'port of the HTTP side door, 0 for any',
    usual: 4080,
    range: PORTS,
  },
  SIMULATOR_SEED: {
    meaning: 'whole number that decides all prices',
    usual: defaults.seed,
    range: [0, 0xffff_ffff],
  },
  SIMULATOR_SERVER_VERSION: {
    meaning: 'highest version to speak',
    usual: HIGHEST_VERSION,
    range: [LOWEST_VERSION, HIGHEST_VERSION],
  },
  SIMULATOR_ACCOUNTS: {
    meaning: 'account names, comma-separated',
    usual: defaults.accounts.join(','),
  },
  SIMULATOR_MASTER_CLIENT_ID: {
    meaning: 'client id that is told of all orders',
    usual: 'nobody',
    range: [0, 0x7fff_ffff],
  },
  SIMULATOR_EXECUTIONS: {
    meaning: 'whose executions a client is told',
    usual: defaults.executions,
    words: ['all', 'own'],
  },
  SIMULATOR_ADVISER: {
    meaning: "whether the login is an adviser's, with account groups",
    usual: 'no',
    words: YES_OR_NO,
  },
  SIMULATOR_HOURS: {
    meaning: 'when the market trades, at all hours or those of its exchange',
    usual: defaults.hours,
    words: ['always', 'exchange'],
  },
  SIMULATOR_MARKET_DATA: {
    meaning: 'quotes of exchanges, of now or a quarter of an hour old',
    usual: defaults.marketData,
    words: ['live', 'delayed'],
  },
  SIMULATOR_FILL_DELAY_MS: {
    meaning: 'wait before an order meets the market, ms',
    usual: defaults.fillDelayMs,
    range: [0, 60_000],
  },
  SIMULATOR_BEAT_MS: {
    meaning: 'how often streams look at the market, ms',
    usual: defaults.beatMs,
    range: [10, 10_000],
  },
  SIMULATOR_CLOCK: {
    meaning: 'whether the time of the world passes, or a test steps it',
    usual: 'running',
    words: ['running', 'stepped'],
  },
  SIMULATOR_CLOCK_SPEED: {
    meaning: 'how many times faster than real it passes',
    usual: defaults.clockSpeed,
    range: [0.01, MAX_SPEED],
  },
  SIMULATOR_CLOCK_START: {
    meaning: 'when the world begins, as 2026-11-20T14:30:00Z',
    usual: 'now',
  },
  SIMULATOR_READ_ONLY: {
    meaning: 'whether trading through the API is refused',
    usual: 'no',
    words: YES_OR_NO,
  },
  SIMULATOR_DOWNLOAD_OPEN_ORDERS: {
    meaning: 'whether a client is shown its open orders when it logs in',
    usual: 'no',
    words: YES_OR_NO,
  },
} as const satisfies Readonly<Record<string, Row>>

type Name = keyof typeof SETTINGS
/** A setting that is a whole number, and one that is a word. */
type Whole = { [N in Name]: (typeof SETTINGS)[N] extends { range: unknown } ? N : never }[Name]
type Choice = { [N in Name]: (typeof SETTINGS)[N] extends { words: unknown } ? N : never }[Name]

/** All that is wrong with the environment, one line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** What can be set: name, meaning, default and what is taken, as texts; the empty one is anything. */
export function settings(): { name: string; meaning: string; usual: string; bounds: string }[] {
  const rows: readonly (readonly [string, Row])[] = Object.entries(SETTINGS)
  const own = rows.map(([name, { meaning, usual, range, words }]) => ({
    name,
    meaning,
    usual: String(usual),
    bounds: words?.join(', ') ?? range?.join(' to ') ?? '',
  }))
  const numbers = Object.values(limitRows).map(({ setting, meaning, usual, perLine, most }) => ({
    name: setting,
    meaning: `${meaning}; 0: no limit`,
    usual: perLine === undefined ? `${usual}` : `${usual}, or ${perLine * 100} % of the lines`,
    bounds: `0 to ${most}`,
  }))
  const manners = Object.values(limitChoices).map(({ setting, meaning, choices }) => ({
    name: setting,
    meaning,
    usual: choices[0],
    bounds: choices.join(', '),
  }))
  return [...own, ...numbers, ...manners]
}

/** What can be set, one line each. */
export function settingsHelp(): string {
  const lines = (told: readonly (readonly [string, string])[]) =>
    told.map(([name, meaning]) => `  ${name.padEnd(34)}${meaning}`).join('\n')
  const rows: readonly (readonly [string, Row])[] = Object.entries(SETTINGS)
  const own = rows.map(([name, { meaning, usual, range, words }]) => {
    const taken = words?.join(' or ') ?? range?.join(' to ')
    return [name, `${meaning}${taken === undefined ? '' : `: ${taken}`} (${usual})`] as const
  })
  return `${lines(own)}

Limits, as IB's own unless told; 0 switches one off:
${lines(limitSettings)}`
}

/**
 * Reads and checks the environment.
 * @throws ConfigError that names every mistake
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): SimulatorConfig {
  const mistakes: string[] = []
  const textOf = (name: Name | LimitSetting) => environment[name]?.trim() || undefined
  const number = (name: Name | LimitSetting, low: number, high: number) => {
    const text = textOf(name)
    if (text === undefined) return undefined
    const value = Number(text)
    if (Number.isInteger(value) && value >= low && value <= high) return value
    mistakes.push(`${name}: "${text}" is not a whole number from ${low} to ${high}`)
    return undefined
  }
  const whole = (name: Whole) => {
    const [low, high]: readonly [number, number] = SETTINGS[name].range
    return number(name, low, high)
  }
  const word = <Word extends string>(name: Name | LimitSetting, words: readonly Word[]) => {
    const text = textOf(name)
    const found = words.find((one) => one === text)
    if (text !== undefined && found === undefined) {
      mistakes.push(`${name}: "${text}" is none of ${words.join(', ')}`)
    }
    return found
  }
  const choice = <N extends Choice>(name: N) =>
    word<(typeof SETTINGS)[N]['words'][number]>(name, SETTINGS[name].words)
  const limits: SomeLimits = Object.fromEntries([
    ...Object.entries(limitRows).map(([name, { setting, most }]) => [
      name,
      number(setting, 0, most),
    ]),
    ...Object.entries(limitChoices).map(([name, { setting, choices }]) => [
      name,
      word<string>(setting, choices),
    ]),
  ])
  const accounts = textOf('SIMULATOR_ACCOUNTS')
    ?.split(',')
    .map((name) => name.trim())
  if (accounts?.some((name) => !/^\w{1,20}$/.test(name))) {
    mistakes.push('SIMULATOR_ACCOUNTS: account names are letters and digits, separated by commas')
  }
  const [slowest, fastest] = SETTINGS.SIMULATOR_CLOCK_SPEED.range
  const speed = Number(textOf('SIMULATOR_CLOCK_SPEED') ?? defaults.clockSpeed)
  if (!(speed >= slowest && speed <= fastest)) {
    mistakes.push(`SIMULATOR_CLOCK_SPEED: no number from ${slowest} to ${fastest}`)
  }
  const startText = textOf('SIMULATOR_CLOCK_START')
  const start = startText === undefined ? undefined : parseInstant(startText)
  if (startText !== undefined && start === undefined) {
    mistakes.push(`SIMULATOR_CLOCK_START: "${startText}" is no time such as 2026-11-20T14:30:00Z`)
  }
  const host = textOf('IBREST_HOST') ?? SETTINGS.IBREST_HOST.usual
  const config: SimulatorConfig = {
    host,
    controlPort: whole('SIMULATOR_CONTROL_PORT') ?? SETTINGS.SIMULATOR_CONTROL_PORT.usual,
    gateway: {
      host,
      port: whole('SIMULATOR_PORT') ?? defaults.port,
      seed: whole('SIMULATOR_SEED') ?? defaults.seed,
      serverVersion: whole('SIMULATOR_SERVER_VERSION') ?? defaults.serverVersion,
      accounts: accounts ?? defaults.accounts,
      masterClientId: whole('SIMULATOR_MASTER_CLIENT_ID'),
      executions: choice('SIMULATOR_EXECUTIONS') ?? defaults.executions,
      isAdviser: choice('SIMULATOR_ADVISER') === 'yes',
      hours: choice('SIMULATOR_HOURS') ?? defaults.hours,
      marketData: choice('SIMULATOR_MARKET_DATA') ?? defaults.marketData,
      readOnly: choice('SIMULATOR_READ_ONLY') === 'yes',
      downloadOpenOrders: choice('SIMULATOR_DOWNLOAD_OPEN_ORDERS') === 'yes',
      limits,
      fillDelayMs: whole('SIMULATOR_FILL_DELAY_MS') ?? defaults.fillDelayMs,
      isStepped: choice('SIMULATOR_CLOCK') === 'stepped',
      clockSpeed: speed,
      clockStart: start,
      beatMs: whole('SIMULATOR_BEAT_MS') ?? defaults.beatMs,
    },
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes.join('\n'))
  return config
}
