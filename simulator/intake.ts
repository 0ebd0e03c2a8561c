import type { Socket } from 'node:net'
import type { MessageRate } from './limits/message-rate.ts'
import { FrameReader } from './wire/frame.ts'
import type { Cancel, Clock } from './world/clock.ts'

/** What has come from one client and is not served yet. A client that is paced is not read while it is too fast. */
export class Intake {
  readonly #socket: Socket
  readonly #clock: Clock
  readonly #serve: () => void
  readonly #reader = new FrameReader()
  #rate: MessageRate | undefined
  /** while the client is not read */
  #stopPause: Cancel | undefined

  /** @param serve serves what there is, until nothing more can be taken */
  constructor(socket: Socket, clock: Clock, serve: () => void) {
    this.#socket = socket
    this.#clock = clock
    this.#serve = serve
  }

  push(chunk: Buffer): void {
    this.#reader.push(chunk)
    if (this.#stopPause === undefined) this.#serve()
  }

  /** From now on messages are given out no faster than that. */
  pace(rate: MessageRate): void {
    this.#rate = rate
  }

  /** The first `length` bytes when they have come, without a length in front. */
  takeRaw(length: number): Buffer | undefined {
    return this.#reader.takeRaw(length)
  }

  /**
   * The next payload that has come whole and may be taken now; valid until more is pushed.
   * @throws FrameError when the announced length is absurd
   */
  takePayload(maximum?: number): Buffer | undefined {
    if (this.#rate !== undefined && this.#pauses(this.#rate)) return undefined
    return this.#reader.takePayload(maximum)
  }

  /** Nothing more is given out; what still comes is read, so that the end of the connection is noticed. */
  end(): void {
    if (this.#stopPause === undefined) return
    this.#stopPause()
    this.#socket.resume()
  }

  // the socket stands still meanwhile, so the client feels it and nothing piles up here (facts §3.1)
  #pauses({ waitMs }: MessageRate): boolean {
    if (waitMs === 0 || this.#reader.waiting === 0) return false
    this.#socket.pause()
    this.#stopPause = this.#clock.after(waitMs, () => {
      this.#stopPause = undefined
      this.#serve()
      if (this.#stopPause === undefined) this.#socket.resume()
    })
    return true
  }
}
