import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from './until.ts'

/** A caller that writes bytes as it likes: no client in between makes a request of them, or mends one. */
export class RawCaller {
  readonly #socket: Socket
  #heard = ''
  #isOver = false

  constructor(url: string) {
    const { hostname, port } = new URL(url)
    this.#socket = connect(Number(port), hostname)
    this.#socket.setNoDelay(true)
    this.#socket.on('data', (bytes) => {
      this.#heard += bytes.toString('latin1')
    })
    this.#socket.on('error', () => undefined)
    this.#socket.on('close', () => {
      this.#isOver = true
    })
  }

  /** All it has been told so far. */
  get heard(): string {
    return this.#heard
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** The status of each answer that has come so far. */
  get statuses(): number[] {
    return [...this.#heard.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
  }

  write(text: string): void {
    this.#socket.write(text, 'latin1')
  }

  /** Writes a piece, a byte at a time, until the other side has had enough. */
  async trickle(text: string, everyMs: number): Promise<void> {
    for (const byte of text) {
      if (this.#isOver) return
      this.write(byte)
      await pause(everyMs)
    }
  }

  /** Takes nothing more from now on. */
  stopReading(): void {
    this.#socket.pause()
  }

  /** Resolves when the other side has ended the connection. */
  async ended(withinMs = 10_000): Promise<void> {
    await until(() => this.#isOver, 'the connection ended', withinMs)
  }

  /** Resolves when as many answers have come. */
  async answered(count: number): Promise<number[]> {
    await until(() => this.statuses.length >= count || this.#isOver, `${count} answers`)
    return this.statuses
  }

  /** Ends its own half of the connection. */
  sendNoMore(): void {
    this.#socket.end()
  }

  leave(): void {
    this.#socket.destroy()
  }
}
