import { Client, type Dispatcher } from 'undici'
import { AS_PROXY } from '../rig/system.ts'

/** Latencies in ms; beyond the service time where the answers say what that was. */
export interface Measured {
  /** answered calls per second */
  readonly rate: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly failed: number
  /** answered calls of each caller */
  readonly answered: readonly number[]
}

/** Each caller wants an answer of its own: joined calls would measure nothing. */
const HEADERS = { 'cache-control': 'no-cache' }

/** How strict backends tell what a call took there (backends.c), microseconds. */
const SERVICE_HEADER = 'x-service-us'

/**
 * One GET on a keep-alive connection: how long the caller waited, less what its answer says that the work took, ms;
 * undefined when it was not answered 200.
 */
function call(
  client: Dispatcher,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<number | undefined> {
  return new Promise((resolve) => {
    const begun = performance.now()
    let status = 0
    let served = 0
    client.dispatch(
      { method: 'GET', path, headers },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_, code, { [SERVICE_HEADER]: took }) => {
          status = code
          served = Number(took ?? 0) / 1000
        },
        onResponseData: () => undefined,
        onResponseEnd: () => {
          const waited = performance.now() - begun - served
          resolve(status === 200 ? waited : undefined)
        },
        onResponseError: () => resolve(undefined),
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
  // some are instances, asked straight
  const all = { ...AS_PROXY, ...headers }
  const counted = performance.now() + warmUpSeconds * 1000
  const end = counted + seconds * 1000
  const latencies: number[] = []
  const perCaller = clients.map(() => 0)
  let failed = 0
  await Promise.all(
    clients.map(async (client, caller) => {
      for (;;) {
        if (performance.now() >= end) return
        const waited = await call(client, path, all)
        const now = performance.now()
        if (now < counted || now >= end) continue
        if (waited !== undefined) {
          latencies.push(waited)
          perCaller[caller] = (perCaller[caller] ?? 0) + 1
        } else failed += 1
      }
    }),
  )
  await Promise.all(clients.map((client) => client.destroy()))
  return measuredOf(latencies, failed, seconds, perCaller)
}

function measuredOf(
  latencies: number[],
  failed: number,
  seconds: number,
  answered: readonly number[],
): Measured {
  latencies.sort((a, b) => a - b)
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? Number.NaN
  const quantiles = { p50: at(0.5), p90: at(0.9), p99: at(0.99) }
  return { rate: latencies.length / seconds, ...quantiles, failed, answered }
}

/** The same arrivals for everybody who is measured: numbers between 0 and 1 from a linear congruential generator. */
function* numbers(): Generator<number, never> {
  for (let state = 1; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield (state + 1) / 2 ** 32
  }
}

/**
 * Callers who come at random, so many a second on average and whether or not those before them have been answered,
 * each with one call (a Poisson process). Timed is each from the moment it is sent.
 */
export async function arrivals(
  origin: string,
  path: string,
  perSecond: number,
  seconds: number,
): Promise<Measured> {
  const random = numbers()
  const idle: Client[] = []
  const all: Client[] = []
  const latencies: number[] = []
  const calls: Promise<void>[] = []
  let failed = 0
  const connected = () => {
    const client = new Client(origin, { pipelining: 1 })
    all.push(client)
    return client
  }
  const arrive = async () => {
    const client = idle.pop() ?? connected()
    const waited = await call(client, path, HEADERS)
    if (waited === undefined) failed += 1
    else latencies.push(waited)
    idle.push(client)
  }
  const gapMs = () => (-Math.log(random.next().value) / perSecond) * 1000
  const end = performance.now() + seconds * 1000
  for (let due = performance.now(); due < end; ) {
    for (; due <= performance.now(); due += gapMs()) calls.push(arrive())
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())))
  }
  await Promise.all(calls)
  await Promise.all(all.map((client) => client.destroy()))
  return measuredOf(latencies, failed, seconds, [])
}
