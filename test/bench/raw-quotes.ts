import { incoming, TwsClient } from '../rig/tws-client.ts'

/** Tick types of a quote's two sides and its last trade (facts §1.7), as the rows of a feed call them. */
const FIELDS: Readonly<Record<string, string>> = {
  [`${incoming.tickPrice} 1`]: 'bid',
  [`${incoming.tickPrice} 2`]: 'ask',
  [`${incoming.tickPrice} 4`]: 'last',
  [`${incoming.tickSize} 0`]: 'bidSize',
  [`${incoming.tickSize} 3`]: 'askSize',
  [`${incoming.tickSize} 5`]: 'lastSize',
}
/** The size that a price is told with. */
const SIZES: Readonly<Record<string, string>> = { bid: 'bidSize', ask: 'askSize', last: 'lastSize' }

export const COMPARED = Object.values(FIELDS)

/** A quote as the gateway tells it, past everything that is measured. */
export interface RawQuote {
  readonly fields: Record<string, number>
  /** how often its bid or the size of it has changed */
  bids: number
}

/** What a TWS client of its own is told of the same instruments: what readers should have, and when it was there. */
export class RawQuotes {
  readonly quotes = new Map<string, RawQuote>()
  /** called for each quote that a chunk of the socket has changed */
  onChange: (name: string, quote: RawQuote) => void = () => undefined
  readonly #client: TwsClient
  readonly #names = new Map<string, string>()
  #reqId = 1000

  private constructor(client: TwsClient) {
    this.#client = client
    client.socket.on('data', () => this.#read())
  }

  static async login(port: number, clientId: number): Promise<RawQuotes> {
    return new RawQuotes(await TwsClient.login({ port, clientId, lowest: 178, highest: 178 }))
  }

  follow(name: string, conId: string): void {
    this.#reqId += 1
    this.#names.set(String(this.#reqId), name)
    this.quotes.set(name, { fields: {}, bids: 0 })
    const contract = [conId, '', '', '', '', '', '', 'SMART', '', '', '', '']
    this.#client.send(1, 11, this.#reqId, ...contract, 0, '', 0, 0, '')
  }

  reset(): void {
    for (const quote of this.quotes.values()) quote.bids = 0
  }

  /** Ends the connection and with it its subscriptions. */
  async close(): Promise<void> {
    await this.#client.close()
  }

  #read(): void {
    const changed = new Set<string>()
    for (const [id, , reqId, tickType, value, size] of this.#client.received.splice(0)) {
      const field = FIELDS[`${id} ${tickType}`]
      const name = this.#names.get(reqId ?? '')
      if (field === undefined || name === undefined) continue
      const quote = this.quotes.get(name) as RawQuote
      const told: [string, number][] = [[field, Number(value)]]
      const sizeField = id === String(incoming.tickPrice) ? SIZES[field] : undefined
      if (sizeField !== undefined) told.push([sizeField, Number(size)])
      let isNew = false
      for (const [each, now] of told) {
        isNew ||= quote.fields[each] !== now
        quote.fields[each] = now
      }
      if (!isNew) continue
      if (field === 'bid' || field === 'bidSize') quote.bids += 1
      changed.add(name)
    }
    for (const name of changed) this.onChange(name, this.quotes.get(name) as RawQuote)
  }
}
