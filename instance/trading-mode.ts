import type { TradingMode } from '../shared/schemas/client.ts'

/** Ports of paper logins: of the gateway, of TWS, of the container image's relay (facts §3.3). */
const PAPER_PORTS: readonly number[] = [4002, 7497, 4004]

export interface TradingModeOptions {
  /** what the operator says it is; told by the accounts where he says nothing */
  readonly configured: TradingMode | undefined
  readonly port: number
}

/** Whose money this client trades with: nobody's, IB's paper, or the owner's. */
export class TradingModes {
  readonly #options: TradingModeOptions
  #seen: TradingMode | undefined

  constructor(options: TradingModeOptions) {
    this.#options = options
  }

  /** As configured, else as the last login's accounts tell, else as the port suggests. */
  get mode(): TradingMode {
    const { configured, port } = this.#options
    return configured ?? this.#seen ?? (PAPER_PORTS.includes(port) ? 'paper' : 'live')
  }

  /** Takes note of a login's accounts. Why it must not trade, where they contradict what was configured. */
  refuses(accounts: readonly string[]): string | undefined {
    const { configured } = this.#options
    if (accounts.length > 0) this.#seen = modeOf(accounts)
    if (configured === undefined || configured === 'simulated') return undefined
    if (this.#seen === undefined || this.#seen === configured) return undefined
    return `TRADING_MODE is ${configured}, and these accounts are ${this.#seen}: ${accounts.join(', ')}`
  }
}

/** IB's paper accounts begin with D: DU…, DF…, DI…. One other makes the login a live one. */
export function modeOf(accounts: readonly string[]): TradingMode {
  return accounts.every((account) => account.startsWith('D')) ? 'paper' : 'live'
}
