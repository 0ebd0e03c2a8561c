import { Client, type Dispatcher } from 'undici'

export interface Measured {
  /** answered calls per second */
  readonly rate: number
  /** latency, ms */
  readonly p50: number
  readonly p99: number
  readonly failed: number
}

/** Each caller wants an answer of its own: joined calls would measure nothing. */
const HEADERS = { 'cache-control': 'no-cache' }

/** One GET on a keep-alive connection; whether it was answered 200. */
function call(
  client: Dispatcher,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<boolean> {
  return new Promise((resolve) => {
    let status = 0
    client.dispatch(
      { method: 'GET', path, headers },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_, code) => {
          status = code
        },
        onResponseData: () => undefined,
        onResponseEnd: () => resolve(status === 200),
        onResponseError: () => resolve(false),
      },
    )
  })
}

/**
 * Keeps one call of each caller in flight for `seconds`, after `warmUpSeconds` that do not count. Caller n calls
 * origin n modulo the number of origins, on a connection of its own.
 */
export async function load(
  origins: readonly string[],
  path: string,
  callers: number,
  seconds: number,
  warmUpSeconds: number,
  headers: Readonly<Record<string, string>> = HEADERS,
): Promise<Measured> {
  const clients = Array.from(
    { length: callers },
    (_, caller) => new Client(origins[caller % origins.length] as string, { pipelining: 1 }),
  )
  const counted = performance.now() + warmUpSeconds * 1000
  const end = counted + seconds * 1000
  const latencies: number[] = []
  let failed = 0
  await Promise.all(
    clients.map(async (client) => {
      for (;;) {
        const begun = performance.now()
        if (begun >= end) return
        const answered = await call(client, path, headers)
        const now = performance.now()
        if (now < counted || now >= end) continue
        if (answered) latencies.push(now - begun)
        else failed += 1
      }
    }),
  )
  await Promise.all(clients.map((client) => client.destroy()))
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? Number.NaN
  return { rate: latencies.length / seconds, p50: at(0.5), p99: at(0.99), failed }
}
