import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Test } from 'tap'
import { reset } from './reset.ts'

/** Changes what one connection brings from the gateway: gets what has come, gives what goes on. */
export type Spoil = (bytes: Buffer) => Buffer

/**
 * What lies between the instances and a gateway: passes on whatever is said, and does to it what a test wants: each byte
 * in a packet of its own, or other bytes than were sent.
 */
export class Wire {
  /** every byte goes alone, in a turn of its own */
  isSliced = false
  /** packets that were passed on to instances, in pieces or whole */
  packets = 0
  #spoil: Spoil | undefined
  readonly #gatewayPort: number
  readonly #sockets = new Set<Socket>()
  readonly #server = createServer((socket) => this.#join(socket))

  constructor(gatewayPort: number) {
    this.#gatewayPort = gatewayPort
  }

  /** What instances connect to. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(0, '127.0.0.1', resolve)
    })
    return this
  }

  async stop(): Promise<void> {
    this.cut()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  /** Resets every connection; new ones may come. */
  cut(): void {
    for (const socket of this.#sockets) reset(socket)
  }

  /** Spoils what comes from the gateway until the function says that it has. */
  spoilUntil(spoil: (bytes: Buffer) => { readonly bytes: Buffer; readonly isDone: boolean }): void {
    this.#spoil = (bytes) => {
      const { bytes: spoilt, isDone } = spoil(bytes)
      if (isDone) this.#spoil = undefined
      return spoilt
    }
  }

  #join(instance: Socket): void {
    const gateway = connect(this.#gatewayPort, '127.0.0.1')
    for (const [from, to] of [
      [instance, gateway],
      [gateway, instance],
    ] as const) {
      this.#sockets.add(from)
      from.setNoDelay(true)
      const pieces = this.#pieces(to)
      from.on('data', (bytes) => pieces(from === gateway ? (this.#spoil?.(bytes) ?? bytes) : bytes))
      from.on('error', () => undefined)
      from.on('close', () => {
        this.#sockets.delete(from)
        to.destroy()
      })
    }
  }

  /** Writes in the sequence it came, sliced or whole as it is wanted by then. */
  #pieces(to: Socket): (bytes: Buffer) => void {
    let waiting = Buffer.alloc(0)
    let isWriting = false
    const write = () => {
      const size = this.isSliced ? 1 : waiting.length
      isWriting = size > 0 && to.writable
      if (!isWriting) return
      to.write(waiting.subarray(0, size))
      this.packets += 1
      waiting = waiting.subarray(size)
      setImmediate(write)
    }
    return (bytes) => {
      waiting = Buffer.concat([waiting, bytes])
      if (!isWriting) write()
    }
  }
}

/** A wire to a gateway, until the test is over. */
export async function wireTo(t: Test, gatewayPort: number): Promise<Wire> {
  const wire = await new Wire(gatewayPort).start()
  t.teardown(() => wire.stop())
  return wire
}

/** Where in some bytes a message begins, its length first, that has this number; -1 for nowhere. */
export function messageIn(bytes: Buffer, number: number): number {
  for (let at = 0; at + 4 <= bytes.length; at += 4 + bytes.readUInt32BE(at)) {
    if (
      bytes
        .subarray(at + 4, at + 12)
        .toString()
        .startsWith(`${number}\0`)
    )
      return at
  }
  return -1
}
