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

/** Every setting, with what it means: the text of `--help` and the messages of mistakes come from here. */
const SETTINGS = {
  IBREST_HOST: 'address to listen on (127.0.0.1)',
  SIMULATOR_PORT: 'port for TWS clients, 0 for any (4002)',
  SIMULATOR_CONTROL_PORT: 'port of the HTTP side door, 0 for any (4080)',
  SIMULATOR_SEED: 'whole number that decides all prices (20260701)',
  SIMULATOR_SERVER_VERSION: `highest version to speak, ${LOWEST_VERSION} to ${HIGHEST_VERSION} (${HIGHEST_VERSION})`,
  SIMULATOR_ACCOUNTS: 'account names, comma-separated (DU1000001,DU1000002)',
  SIMULATOR_MASTER_CLIENT_ID: 'client id that is told of all orders (nobody)',
  SIMULATOR_EXECUTIONS: 'whose executions a client is told: all or own (all)',
  SIMULATOR_ADVISER: "whether the login is an adviser's, with account groups: yes or no (no)",
  SIMULATOR_HOURS: 'when the market trades: always, or as its exchange does (always)',
  SIMULATOR_MARKET_DATA: 'quotes of exchanges: live, or delayed by a quarter of an hour (live)',
  SIMULATOR_FILL_DELAY_MS: 'wait before an order meets the market, ms (2)',
  SIMULATOR_BEAT_MS: 'how often streams look at the market, ms (250)',
  SIMULATOR_CLOCK: 'time of the world: running, or stepped by a test (running)',
  SIMULATOR_CLOCK_SPEED: `how many times faster than real it passes, 0.01 to ${MAX_SPEED} (1)`,
  SIMULATOR_CLOCK_START: 'when the world begins, as 2026-11-20T14:30:00Z (now)',
  SIMULATOR_READ_ONLY: 'whether trading through the API is refused: yes or no (no)',
  SIMULATOR_DOWNLOAD_OPEN_ORDERS:
    'whether a client is shown its open orders when it logs in: yes or no (no)',
} as const

type Setting = keyof typeof SETTINGS | LimitSetting

/** All that is wrong with the environment, one line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** What can be set, one line each. */
export function settingsHelp(): string {
  const lines = (settings: readonly (readonly [string, string])[]) =>
    settings.map(([name, meaning]) => `  ${name.padEnd(34)}${meaning}`).join('\n')
  return `${lines(Object.entries(SETTINGS))}

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
  const textOf = (name: Setting) => environment[name]?.trim() || undefined
  const whole = <Default>(name: Setting, low: number, high: number, otherwise: Default) => {
    const text = textOf(name)
    if (text === undefined) return otherwise
    const value = Number(text)
    if (Number.isInteger(value) && value >= low && value <= high) return value
    mistakes.push(`${name}: "${text}" is not a whole number from ${low} to ${high}`)
    return otherwise
  }
  const choice = <Word extends string>(
    name: Setting,
    words: readonly Word[],
    otherwise: Word | undefined,
  ) => {
    const text = textOf(name)
    const word = words.find((one) => one === text)
    if (text !== undefined && word === undefined) {
      mistakes.push(`${name}: "${text}" is none of ${words.join(', ')}`)
    }
    return word ?? otherwise
  }
  const limits: SomeLimits = Object.fromEntries([
    ...Object.entries(limitRows).map(([name, { setting, most }]) => [
      name,
      whole(setting, 0, most, undefined),
    ]),
    ...Object.entries(limitChoices).map(([name, { setting, choices }]) => [
      name,
      choice<string>(setting, choices, undefined),
    ]),
  ])
  const accounts = textOf('SIMULATOR_ACCOUNTS')
    ?.split(',')
    .map((name) => name.trim())
  if (accounts?.some((name) => !/^\w{1,20}$/.test(name))) {
    mistakes.push('SIMULATOR_ACCOUNTS: account names are letters and digits, separated by commas')
  }
  const executions = textOf('SIMULATOR_EXECUTIONS') ?? defaults.executions
  if (executions !== 'all' && executions !== 'own') {
    mistakes.push(`SIMULATOR_EXECUTIONS: "${executions}" is neither all nor own`)
  }
  const mode = textOf('SIMULATOR_CLOCK') ?? 'running'
  if (mode !== 'running' && mode !== 'stepped') {
    mistakes.push(`SIMULATOR_CLOCK: "${mode}" is neither running nor stepped`)
  }
  const speed = Number(textOf('SIMULATOR_CLOCK_SPEED') ?? defaults.clockSpeed)
  if (!(speed >= 0.01 && speed <= MAX_SPEED)) {
    mistakes.push(`SIMULATOR_CLOCK_SPEED: no number from 0.01 to ${MAX_SPEED}`)
  }
  const startText = textOf('SIMULATOR_CLOCK_START')
  const start = startText === undefined ? undefined : parseInstant(startText)
  if (startText !== undefined && start === undefined) {
    mistakes.push(`SIMULATOR_CLOCK_START: "${startText}" is no time such as 2026-11-20T14:30:00Z`)
  }
  const hours = textOf('SIMULATOR_HOURS') ?? defaults.hours
  if (hours !== 'always' && hours !== 'exchange') {
    mistakes.push(`SIMULATOR_HOURS: "${hours}" is neither always nor exchange`)
  }
  const marketData = textOf('SIMULATOR_MARKET_DATA') ?? defaults.marketData
  if (marketData !== 'live' && marketData !== 'delayed') {
    mistakes.push(`SIMULATOR_MARKET_DATA: "${marketData}" is neither live nor delayed`)
  }
  const host = textOf('IBREST_HOST') ?? defaults.host
  const config: SimulatorConfig = {
    host,
    controlPort: whole('SIMULATOR_CONTROL_PORT', 0, 65_535, 4080),
    gateway: {
      host,
      port: whole('SIMULATOR_PORT', 0, 65_535, defaults.port),
      seed: whole('SIMULATOR_SEED', 0, 0xffff_ffff, defaults.seed),
      serverVersion: whole(
        'SIMULATOR_SERVER_VERSION',
        LOWEST_VERSION,
        HIGHEST_VERSION,
        defaults.serverVersion,
      ),
      accounts: accounts ?? defaults.accounts,
      masterClientId: whole('SIMULATOR_MASTER_CLIENT_ID', 0, 0x7fff_ffff, undefined),
      executions: executions === 'own' ? 'own' : 'all',
      isAdviser: choice('SIMULATOR_ADVISER', ['yes', 'no'], 'no') === 'yes',
      hours: hours === 'exchange' ? 'exchange' : 'always',
      marketData: marketData === 'delayed' ? 'delayed' : 'live',
      readOnly: choice('SIMULATOR_READ_ONLY', ['yes', 'no'], 'no') === 'yes',
      downloadOpenOrders: choice('SIMULATOR_DOWNLOAD_OPEN_ORDERS', ['yes', 'no'], 'no') === 'yes',
      limits,
      fillDelayMs: whole('SIMULATOR_FILL_DELAY_MS', 0, 60_000, defaults.fillDelayMs),
      isStepped: mode === 'stepped',
      clockSpeed: speed,
      clockStart: start,
      beatMs: whole('SIMULATOR_BEAT_MS', 10, 10_000, defaults.beatMs),
    },
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes.join('\n'))
  return config
}
