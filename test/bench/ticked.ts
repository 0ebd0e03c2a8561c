import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
} from 'node:http'

/**
 * A model of the design of 2017, as kind to it as can be: a caller who finds no instance free looks again every 250 ms,
 * until he finds one; who finds one at once has it at once. GET only; `ORIGINS` and `PORT` say from where to where.
 */
const TICK_MS = 250
const { ORIGINS = '', PORT } = process.env
const idle = ORIGINS.split(',')
const agent = new Agent({ keepAlive: true })

async function answerOf(
  origin: string,
  path: string,
): Promise<{ headers: IncomingHttpHeaders; body: Buffer }> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request(`${origin}${path}`, { agent }, resolve).once('error', reject).end()
  })
  return { headers: answer.headers, body: Buffer.concat(await answer.toArray()) }
}

/** An instance that is free now, or at one of the ticks; undefined for a caller who has gone by then. */
async function freeOne(isGone: () => boolean): Promise<string | undefined> {
  while (!isGone()) {
    const origin = idle.shift()
    if (origin !== undefined) return origin
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
  return undefined
}

const server = createServer(async ({ url = '/' }, response) => {
  if (url === '/clients') {
    response.end('[]')
    return
  }
  const origin = await freeOne(() => response.destroyed)
  if (origin === undefined) return
  try {
    const { headers, body } = await answerOf(origin, url)
    idle.push(origin)
    response.writeHead(200, { ...headers, connection: 'keep-alive' })
    response.end(body)
  } catch {
    idle.push(origin)
    response.writeHead(502).end()
  }
})
server.keepAliveTimeout = 60_000
server.listen(Number(PORT), '127.0.0.1')
