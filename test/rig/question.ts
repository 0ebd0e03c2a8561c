import type { Exchange, Flow } from '../../proxy/wire/connection.ts'

/** A question to an instance, and what has become of it: sent, its status, its content piece by piece, whole, or why it was lost. */
export class Question implements Exchange {
  readonly method = 'GET'
  readonly told: string[] = []
  flow: Flow | undefined
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  requestTo(host: string): string {
    return `GET ${this.#path} HTTP/1.1\r\nhost: ${host}\r\n\r\n`
  }

  onSent(flow: Flow): void {
    this.flow = flow
    this.told.push('sent')
  }

  onHead(status: number): void {
    this.told.push(String(status))
  }

  onContent(piece: Buffer): void {
    this.told.push(piece.toString())
  }

  onEnd(): void {
    this.told.push('whole')
  }

  onLost(reason: string): void {
    this.told.push(reason)
  }
}
