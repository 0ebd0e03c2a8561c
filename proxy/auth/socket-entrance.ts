import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { RawData, WebSocket } from 'ws'
import { Problem } from '../../shared/problem.ts'
import { findingsOf } from '../../shared/validation.ts'
import { tellCaller } from './caller.ts'
import type { Gate } from './gate.ts'

/** How long a socket may take to say who it is, ms. */
const PATIENCE_MS = 15_000
/** Sockets that have not said so yet. */
const MAX_WAITING = 100
/** Close codes of ours, beside RFC 6455's. */
const CODES = { tryAgainLater: 1013, unauthorized: 4401 } as const
/** A close reason has room for so many bytes (RFC 6455 § 5.5). */
const MAX_REASON = 120

const Auth = Type.Object(
  { type: Type.Literal('auth'), token: Type.String({ minLength: 1, maxLength: 2000 }) },
  { additionalProperties: false },
)

/** Where WebSockets say who they are: by a header field as any call does, or, as browsers must, in the first message. */
export class SocketEntrance {
  readonly #gate: Gate
  #waiting = 0

  constructor(gate: Gate) {
    this.#gate = gate
  }

  /** Calls `enter` at once for who has said who he is, and for others when they have; `isBare`: it may be told so. */
  admit(socket: WebSocket, request: FastifyRequest, isBare: boolean, enter: () => void): void {
    const welcome = () => {
      const forget = this.#gate.hold(request, () =>
        socket.close(CODES.unauthorized, 'the key or token is not valid any more'),
      )
      socket.once('close', forget)
      enter()
    }
    if (!this.#gate.isStranger(request)) {
      welcome()
      return
    }
    if (this.#waiting >= MAX_WAITING) {
      socket.close(CODES.tryAgainLater, `${MAX_WAITING} have not said who they are yet`)
      return
    }
    this.#waiting += 1
    const late = () => refuse(socket, `nobody said who calls within ${PATIENCE_MS / 1000} s`)
    const timer = setTimeout(late, PATIENCE_MS)
    const leave = () => {
      clearTimeout(timer)
      this.#waiting -= 1
    }
    socket.once('close', leave)
    // a broken frame closes the socket by itself
    socket.on('error', () => undefined)
    const heard: RawData[] = []
    const listen = (data: RawData) => {
      heard.push(data)
      if (heard.length > 1) return
      socket.off('close', leave)
      leave()
      // nothing further is read; what was read with it is heard by whoever it is for
      socket.pause()
      void this.#authenticate(String(data), request).then((said) => {
        socket.off('message', listen).resume()
        if (said instanceof Problem) {
          refuse(socket, said.message)
          return
        }
        if (isBare) socket.send(JSON.stringify({ type: 'authenticated', ...said }))
        welcome()
        for (const later of heard.slice(1)) socket.emit('message', later, false)
      })
    }
    socket.on('message', listen)
  }

  async #authenticate(
    text: string,
    request: FastifyRequest,
  ): Promise<{ readonly name: string; readonly scope: string } | Problem> {
    try {
      const caller = await this.#gate.authenticate(tokenIn(text), request.ip)
      tellCaller(request.raw.headers, caller)
      const { name, scope } = caller
      return { name, scope }
    } catch (error) {
      if (error instanceof Problem) return error
      throw error
    }
  }
}

/** The token of a first message; what is none is judged like a wrong one. */
function tokenIn(text: string): string {
  try {
    const message: unknown = JSON.parse(text)
    return findingsOf(Auth, message).length === 0 ? (message as { token: string }).token : ''
  } catch {
    return ''
  }
}

function refuse(socket: WebSocket, why: string): void {
  socket.close(CODES.unauthorized, why.slice(0, MAX_REASON))
}
