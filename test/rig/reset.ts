import type { Socket } from 'node:net'

/**
 * Resets a connection, as a killed process does. One that is shutting down cannot be reset any more: the attempt
 * would leak its handle, and Node spins on that when it exits.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}
