import { connect, type Socket } from 'node:net'

/** Numbers of messages from the gateway (facts §1.3). */
export const incoming = {
  tickPrice: 1,
  tickSize: 2,
  orderStatus: 3,
  error: 4,
  openOrder: 5,
  updateAccountValue: 6,
  updatePortfolio: 7,
  nextValidId: 9,
  contractDetails: 10,
  execDetails: 11,
  managedAccounts: 15,
  historicalData: 17,
  currentTime: 49,
  contractDetailsEnd: 52,
  openOrderEnd: 53,
  accountDownloadEnd: 54,
  execDetailsEnd: 55,
  tickSnapshotEnd: 57,
  commissionReport: 59,
  position: 61,
  positionEnd: 62,
  accountSummary: 63,
  accountSummaryEnd: 64,
  symbolSamples: 79,
  completedOrder: 101,
  completedOrdersEnd: 102,
} as const

export interface TwsClientOptions {
  readonly port: number
  readonly clientId?: number
  readonly lowest?: number
  readonly highest?: number
}

/** One frame: length, then every field ended by NUL (facts §1.1). */
export function frameOf(fields: readonly (string | number)[]): Buffer {
  const payload = Buffer.from(fields.map((field) => `${field}\0`).join(''))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(payload.length)
  return Buffer.concat([length, payload])
}

/** The greeting of a client: its word and the versions it speaks (facts §1.1). */
export function helloOf(lowest: number, highest: number): Buffer {
  const versions = Buffer.from(`v${lowest}..${highest}`)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(versions.length)
  return Buffer.concat([Buffer.from('API\0'), length, versions])
}

/**
 * A TWS client of nothing but a socket and fields, written from the facts alone. It shares no code with the gateway it
 * tests, so a mistake cannot hide in both.
 */
export class TwsClient {
  readonly socket: Socket
  /** every message so far: its number first */
  readonly received: string[][] = []
  /** resolves when the connection is gone */
  readonly closed: Promise<void>
  version = 0
  isClosed = false
  #bytes = Buffer.alloc(0)
  #cursor = 0
  #wake: (() => void)[] = []

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.socket.on('error', () => undefined)
    this.socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    this.closed = new Promise((resolve) => {
      this.socket.once('close', () => {
        this.isClosed = true
        resolve()
        this.#wakeAll()
      })
    })
  }

  /** A client that has said hello and knows the version; it has not said who it is. */
  static async hello({ port, lowest = 157, highest = 193 }: TwsClientOptions): Promise<TwsClient> {
    const client = new TwsClient(port)
    client.socket.write(helloOf(lowest, highest))
    const [version = ''] = await client.#find(() => true, 'the version')
    client.version = Number(version)
    return client
  }

  /** A client that is logged in and has its next valid id. */
  static async login(options: TwsClientOptions): Promise<TwsClient> {
    const client = await TwsClient.hello(options)
    client.send(71, 2, options.clientId ?? 0, '')
    await client.find(incoming.nextValidId)
    return client
  }

  send(...fields: readonly (string | number)[]): void {
    this.socket.write(frameOf(fields))
  }

  /**
   * The next message of that number, from where the last search ended, that passes the test.
   * @throws when the connection ends or ten seconds pass before it comes
   */
  find(id: number, test: (fields: readonly string[]) => boolean = () => true): Promise<string[]> {
    const isWanted = (fields: readonly string[]) => fields[0] === String(id) && test(fields)
    return this.#find(isWanted, `message ${id}`)
  }

  /** The next error with that id: its code and text. */
  async error(id: number): Promise<{ code: number; text: string }> {
    const fields = await this.find(incoming.error, ([, , of]) => of === String(id))
    return { code: Number(fields[3]), text: fields[4] ?? '' }
  }

  /** All messages of that number so far. */
  all(id: number): string[][] {
    return this.received.filter(([first]) => first === String(id))
  }

  /** Asks for the time and waits for the answer: everything sent before has then been served. */
  async settle(): Promise<void> {
    this.send(49, 1)
    await this.find(incoming.currentTime)
  }

  /** Lets go of everything that has been received and searched. */
  forget(): void {
    this.received.splice(0, this.#cursor)
    this.#cursor = 0
  }

  close(): Promise<void> {
    this.socket.destroy()
    return this.closed
  }

  async #find(test: (fields: readonly string[]) => boolean, what: string): Promise<string[]> {
    const deadline = AbortSignal.timeout(10_000)
    for (;;) {
      for (; this.#cursor < this.received.length; this.#cursor += 1) {
        const fields = this.received[this.#cursor] as string[]
        if (!test(fields)) continue
        this.#cursor += 1
        return fields
      }
      if (this.isClosed) throw new Error(`the connection ended before ${what} came`)
      if (deadline.aborted) throw new Error(`${what} has not come`)
      await new Promise<void>((resolve) => {
        this.#wake.push(resolve)
        deadline.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }

  #wakeAll(): void {
    const waiting = this.#wake
    this.#wake = []
    for (const wake of waiting) wake()
  }

  #receive(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    while (this.#bytes.length >= 4) {
      const end = 4 + this.#bytes.readUInt32BE(0)
      if (this.#bytes.length < end) break
      const payload = this.#bytes.toString('utf8', 4, end)
      this.#bytes = this.#bytes.subarray(end)
      this.received.push(payload.split('\0').slice(0, -1))
    }
    this.#wakeAll()
  }
}

/** An order for placeOrder at 178, by the numbers of its fields in facts §1.6; the rest is empty or 0. */
export function orderFields(
  fields: Readonly<Record<number, string | number>>,
  version = 178,
): string[] {
  const length = { 178: 114, 183: 115, 184: 116, 189: 119, 193: 118 }[version]
  if (length === undefined) throw new Error(`the length of an order at ${version} is not known`)
  const order = Array.from({ length }, () => '')
  const usual = { 0: 3, 4: 'STK', 9: 'SMART', 11: 'USD', 18: 'MKT', 21: 'DAY', 27: 1 }
  for (const [place, value] of Object.entries({ ...usual, ...fields })) {
    order[Number(place)] = String(value)
  }
  return order
}
