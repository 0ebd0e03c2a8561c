import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { reset } from './reset.ts'

export interface StubCall {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export type StubAnswer = (call: StubCall, response: ServerResponse) => void

/** Something that speaks HTTP and stands behind the proxy: as strict, slow or broken as a test wants. */
export class StubInstance {
  readonly calls: StubCall[] = []
  /** the header fields of each `GET /clients` */
  readonly probes: IncomingMessage['headers'][] = []
  /** calls (other than probes) being worked on now, and the most there ever were at once */
  running = 0
  mostAtOnce = 0
  usable = true
  /** what `GET /clients` says beside its status */
  explanation: object = {}
  answerClients = (response: ServerResponse) =>
    sendJson(response, this.usable ? 200 : 503, this.explanation)
  answer: StubAnswer = (call, response) => sendJson(response, 200, { url: call.url })
  readonly #server = createServer((request, response) => void this.#serve(request, response))
  readonly #sockets = new Set<Socket>()
  #port = 0

  constructor() {
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`
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

  /** Dies as a killed process does: every connection is reset. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) reset(socket)
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    if (request.url === '/clients') {
      this.probes.push(request.headers)
      this.answerClients(response)
      return
    }
    const call = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    }
    this.calls.push(call)
    this.running += 1
    this.mostAtOnce = Math.max(this.mostAtOnce, this.running)
    const ended = () => {
      response.off('finish', ended).off('close', ended)
      this.running -= 1
    }
    response.on('finish', ended).on('close', ended)
    this.answer(call, response)
  }
}

/** Answers with JSON, whole. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  response
    .writeHead(status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    })
    .end(text)
}

/** An answer that stays open until the test lets it go. */
export class Held {
  readonly #waiting: (() => void)[] = []
  readonly answer: StubAnswer = (call, response) => {
    this.#waiting.push(() => sendJson(response, 200, { url: call.url }))
  }

  get count(): number {
    return this.#waiting.length
  }

  /** Lets the oldest held answer go. */
  release(): void {
    this.#waiting.shift()?.()
  }

  releaseAll(): void {
    for (const go of this.#waiting.splice(0)) go()
  }
}
