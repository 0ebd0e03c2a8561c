import { Connection, type Exchange } from './connection.ts'
import { linesOf } from './request.ts'

/** What was answered; fields: name in lower case, value, name, value … */
export interface Reply {
  readonly status: number
  readonly fields: readonly string[]
  readonly content: Buffer
}

/**
 * Asks an instance something of the proxy's own, a GET, on a connection that is made for it and ends with it.
 * @throws an error whose message is why there is no answer; the signal's reason
 */
export function askOnce(
  origin: string,
  path: string,
  { fields, signal }: { readonly fields: readonly string[]; readonly signal: AbortSignal },
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let head: Omit<Reply, 'content'> | undefined
    const exchange: Exchange = {
      method: 'GET',
      requestTo: (host) =>
        `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n${linesOf(fields)}\r\n`,
      onSent: () => undefined,
      onHead: (status, told) => {
        head = { status, fields: told }
      },
      onContent: (piece) => void pieces.push(piece),
      onEnd: () => {
        signal.removeEventListener('abort', giveUp)
        if (head !== undefined) resolve({ ...head, content: Buffer.concat(pieces) })
      },
      onLost: (reason) => {
        signal.removeEventListener('abort', giveUp)
        reject(signal.aborted ? signal.reason : new Error(reason))
      },
    }
    const connection = new Connection(new URL(origin), 0, exchange, {
      onIdle: (idle) => idle.destroy(),
      onClosed: () => undefined,
      onUnsent: (unsent) => unsent.onLost('closed'),
    })
    const giveUp = () => connection.destroy()
    signal.addEventListener('abort', giveUp, { once: true })
    if (signal.aborted) giveUp()
  })
}
