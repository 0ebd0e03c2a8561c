import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** Nobody reads on where an upgrade was asked for: left open, it would hold up every shutdown. */
export function endWhenRefused(answer: ServerResponse): void {
  answer.shouldKeepAlive = false
  const { socket } = answer
  answer.once('finish', () => socket?.destroySoon())
}

const used = new WeakSet<Socket>()

/** A connection has carried a request. */
export function markUsed(socket: Socket): void {
  used.add(socket)
}

/**
 * Node counts a connection that never carried a request as active: one of a caller's spare ones would hold up every shutdown.
 * Of TLS those too that have not shaken hands.
 */
export function closeUnusedConnections(app: FastifyInstance, isTls: boolean): void {
  const open = new Set<Socket>()
  const shaking = new Map<string, Socket>()
  const peerOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`
  const watch = (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  }
  app.server.on(isTls ? 'secureConnection' : 'connection', watch)
  if (isTls) {
    app.server.on('connection', (socket: Socket) => {
      const peer = peerOf(socket)
      shaking.set(peer, socket)
      socket.once('close', () => shaking.delete(peer))
    })
    app.server.on('secureConnection', (socket: Socket) => shaking.delete(peerOf(socket)))
  }
  app.server.on('request', ({ socket }) => markUsed(socket))
  app.addHook('preClose', (done) => {
    const spare = [...open].filter((socket) => !used.has(socket))
    for (const socket of [...spare, ...shaking.values()]) socket.destroy()
    done()
  })
}
