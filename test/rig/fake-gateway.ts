import { type AddressInfo, createServer, type Socket } from 'node:net'
import { reset } from './reset.ts'

/** Message numbers of the wire (facts §1.3, §1.6); only those that tests name. */
export const IN = {
  REQ_MKT_DATA: 1,
  CANCEL_MKT_DATA: 2,
  PLACE_ORDER: 3,
  CANCEL_ORDER: 4,
  REQ_ACCOUNT_UPDATES: 6,
  REQ_EXECUTIONS: 7,
  REQ_CONTRACT_DATA: 9,
  REQ_ALL_OPEN_ORDERS: 16,
  REQ_MANAGED_ACCTS: 17,
  REQ_HISTORICAL_DATA: 20,
  CANCEL_HISTORICAL_DATA: 25,
  REQ_CURRENT_TIME: 49,
  REQ_GLOBAL_CANCEL: 58,
  REQ_MARKET_DATA_TYPE: 59,
  REQ_POSITIONS: 61,
  REQ_ACCOUNT_SUMMARY: 62,
  CANCEL_ACCOUNT_SUMMARY: 63,
  CANCEL_POSITIONS: 64,
  START_API: 71,
  REQ_MATCHING_SYMBOLS: 81,
  REQ_PNL: 92,
  REQ_FA: 18,
  REPLACE_FA: 19,
  REQ_SCANNER_PARAMETERS: 24,
  REQ_FUNDAMENTAL_DATA: 52,
  REQ_SEC_DEF_OPT_PARAMS: 78,
  REQ_NEWS_ARTICLE: 84,
  REQ_NEWS_PROVIDERS: 85,
  REQ_HISTORICAL_NEWS: 86,
  REQ_HEAD_TIMESTAMP: 87,
  CANCEL_HEAD_TIMESTAMP: 90,
  REQ_HISTORICAL_TICKS: 96,
  REQ_COMPLETED_ORDERS: 99,
} as const

export type Field = string | number

/** One API client at the fake gateway. */
export class FakeClient {
  readonly socket: Socket
  clientId = -1
  #buffer = Buffer.alloc(0)
  #greeted = false
  readonly #gateway: FakeGateway

  constructor(socket: Socket, gateway: FakeGateway) {
    this.socket = socket
    this.#gateway = gateway
    socket.on('data', (bytes) => this.#read(bytes))
    socket.on('error', () => undefined)
  }

  /** Writes one message. */
  say(...fields: Field[]): void {
    this.socket.write(frame(fields))
  }

  /** Writes several messages in one packet. */
  sayAll(...messages: readonly (readonly Field[])[]): void {
    this.socket.write(Buffer.concat(messages.map(frame)))
  }

  #read(bytes: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, bytes])
    if (!this.#greeted) {
      if (this.#buffer.length < 8) return
      const length = this.#buffer.readUInt32BE(4)
      if (this.#buffer.length < 8 + length) return
      this.#buffer = this.#buffer.subarray(8 + length)
      this.#greeted = true
      this.#gateway.hello(this)
    }
    while (this.#buffer.length >= 4) {
      const length = this.#buffer.readUInt32BE(0)
      if (this.#buffer.length < 4 + length) return
      const text = this.#buffer.subarray(4, 4 + length).toString('utf8')
      this.#buffer = this.#buffer.subarray(4 + length)
      this.#gateway.heard(this, text.split('\0').slice(0, -1))
    }
  }
}

function frame(fields: readonly Field[]): Buffer {
  const payload = Buffer.from(`${fields.join('\0')}\0`)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(payload.length)
  return Buffer.concat([length, payload])
}

type Answer = (client: FakeClient, fields: readonly string[]) => void

/**
 * A gateway that says what a test writes, to the letter: late, twice, never, or torn. Logins, and the questions every
 * instance asks after one, are answered unless a test says otherwise.
 */
export class FakeGateway {
  /** every message received, in order: number, then fields */
  readonly received: (readonly string[])[] = []
  readonly clients = new Set<FakeClient>()
  serverVersion = 178
  accounts = 'DU1'
  nextValidId = 1
  /** what happens after START_API */
  greet: (client: FakeClient) => void = (client) =>
    client.sayAll([15, 1, this.accounts], [9, 1, this.nextValidId])
  /** what happens after the first bytes */
  hello: (client: FakeClient) => void = (client) =>
    client.say(this.serverVersion, '20260101 10:00:00 Greenwich Mean Time')
  readonly #answers = new Map<number, Answer>([
    [IN.REQ_ALL_OPEN_ORDERS, (client) => client.say(53, 1)],
    [IN.REQ_EXECUTIONS, (client, fields) => client.say(55, 1, fields[2] ?? '')],
    [IN.REQ_COMPLETED_ORDERS, (client) => client.say(102)],
    [IN.REQ_CURRENT_TIME, (client) => client.say(49, 1, 1_700_000_000)],
  ])
  readonly #server = createServer((socket) => this.#accept(socket))
  #port = 0

  get port(): number {
    return this.#port
  }

  /** Listens; on the same port as before after a `stop`. */
  async start(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.#port, '127.0.0.1', resolve)
    })
    this.#port = (this.#server.address() as AddressInfo).port
    return this
  }

  /** Closes every connection and the port. */
  async stop(): Promise<void> {
    this.drop()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  /** Resets every connection; the port stays open. */
  drop(): void {
    for (const { socket } of this.clients) reset(socket)
  }

  /** What is answered to a message from now on. */
  on(message: number, answer: Answer): this {
    this.#answers.set(message, answer)
    return this
  }

  /** Says something to every client unasked. */
  say(...fields: Field[]): void {
    for (const client of this.clients) client.say(...fields)
  }

  /** How often a message came. */
  count(message: number): number {
    return this.received.filter(([number]) => Number(number) === message).length
  }

  /** The last message of a kind. */
  last(message: number): readonly string[] | undefined {
    return this.received.findLast(([number]) => Number(number) === message)
  }

  heard(client: FakeClient, fields: readonly string[]): void {
    this.received.push(fields)
    const message = Number(fields[0])
    if (message === IN.START_API) {
      client.clientId = Number(fields[2])
      this.greet(client)
    }
    this.#answers.get(message)?.(client, fields)
  }

  #accept(socket: Socket): void {
    socket.setNoDelay(true)
    const client = new FakeClient(socket, this)
    this.clients.add(client)
    socket.once('close', () => this.clients.delete(client))
  }
}
