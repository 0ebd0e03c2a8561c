import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createKey } from '../../proxy/auth/key-file.ts'
import { ibrest, ibrestWith } from './peers.ts'
import { alternate, CLIENTS, type Figures, PATH, warmUp } from './rounds.ts'
import { startBackends } from './strict-backends.ts'

const CALLERS = 64
/** Paths that all differ, so that no call is served by the answer to another. */
const DISTINCT = [`${PATH}?account=`]
const ALONE = 'cache-control: no-cache'
const TRACE = 'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

/** What a call costs with one thing different, as ratios to the plain run. */
export interface FeatureCost {
  readonly name: string
  readonly rate: number
  readonly p99: number
  readonly cpu: number
}

interface Variant {
  readonly name: string
  readonly proxy?: 'plain' | 'logging' | 'uncounted' | 'walled' | 'keyed' | 'limited'
  readonly paths?: readonly string[]
  readonly headers?: readonly string[]
  /** its callers say who they are */
  readonly isKeyed?: boolean
}

/** What decides who may call, as far as it looks at every call. */
const WALL = {
  INSTANCE_TOKEN: 'a-token-of-this-benchmark-run',
  ALLOW_FROM: '127.0.0.0/8',
  TRUST_PROXY: '10.0.0.0/8',
}

/** More than the proxy could bear, so that every call is counted and none refused. */
const RATE_LIMIT_READ = '99999/s'

const UNCOUNTED = 'metrics not counted'
const GUARDED = 'key judged, rate counted and told'

/** Each differs from the plain run, the first, in one thing. History without a valid query is not paced, only served last. */
const VARIANTS: readonly Variant[] = [
  { name: 'plain' },
  { name: 'joining looked for, none alike', headers: [] },
  { name: 'joining, all ask the same', paths: [PATH], headers: [] },
  { name: 'X-Request-Id sent', headers: [ALONE, 'x-request-id: bench-1'] },
  { name: 'traceparent sent', headers: [ALONE, TRACE] },
  { name: 'log level info', proxy: 'logging' },
  { name: UNCOUNTED, proxy: 'uncounted' },
  { name: 'token, addresses, hosts judged', proxy: 'walled' },
  { name: 'key judged', proxy: 'keyed', isKeyed: true },
  { name: GUARDED, proxy: 'limited', isKeyed: true },
  { name: 'priorities: reads and history', paths: [...DISTINCT, '/history/AAPL?useRTH='] },
  { name: 'pacing: market data lines', paths: ['/market/AAPL?account='] },
]

/** The saturated proxy before instances that take no time, with one feature on or off at a time. */
export async function benchFeatures(): Promise<readonly FeatureCost[]> {
  await using backends = await startBackends(CLIENTS, 0)
  await using plain = await ibrest.start(backends.origins)
  await using logging = await ibrestWith({ LOG_LEVEL: 'info' }).start(backends.origins)
  await using uncounted = await ibrestWith({}, 'uncounted-proxy.ts').start(backends.origins)
  await using walled = await ibrestWith(WALL).start(backends.origins)
  const folder = mkdtempSync(join(tmpdir(), 'ibrest-bench-keys-'))
  const KEYS_FILE = join(folder, 'keys.json')
  const rights = { accounts: null, symbols: null, limits: {}, expiresAt: null }
  const { text: key } = await createKey(KEYS_FILE, { ...rights, name: 'bench', scope: 'read' })
  await using keyed = await ibrestWith({ KEYS_FILE, RATE_LIMIT_READ: 'off' }).start(
    backends.origins,
  )
  await using limited = await ibrestWith({ KEYS_FILE, RATE_LIMIT_READ }).start(backends.origins)
  const targets = { plain, logging, uncounted, walled, keyed, limited }
  const bearing = `authorization: Bearer ${key}`
  for (const [name, target] of Object.entries(targets)) {
    const isKeyed = name === 'keyed' || name === 'limited'
    await warmUp(target, backends, 0, isKeyed ? [ALONE, bearing] : undefined)
  }
  const figures = await alternate(
    VARIANTS.map(({ name, proxy = 'plain', paths = DISTINCT, headers = [ALONE], isKeyed }) => ({
      ...{ name, target: targets[proxy], backends },
      wish: { callers: CALLERS, paths, headers: isKeyed ? [...headers, bearing] : headers },
    })),
  )
  rmSync(folder, { recursive: true, force: true })
  const [base] = figures
  if (base === undefined) throw new Error('nothing was measured')
  console.log(
    `\nWhat features cost: S = 0, ${CALLERS} callers, ratios to the plain run. Server-Timing has no switch.`,
  )
  console.log('                                   calls/s   p99   CPU per call')
  console.log(
    `  ${base.name.padEnd(32)} ${base.rate.toFixed(0).padStart(8)} ${base.p99.toFixed(1).padStart(5)} ms ${base.cpuUs.toFixed(0).padStart(7)} µs`,
  )
  const costs = figures.slice(1).map((one) => costOf(one, base))
  const cpuOf = (name: string) => figures.find((one) => one.name === name)?.cpuUs ?? Number.NaN
  const together = cpuOf(GUARDED) / cpuOf(UNCOUNTED)
  console.log(
    `  keys, rates and metrics together: ${together.toFixed(2)} × the CPU without any of them`,
  )
  return costs
}

function costOf(one: Figures, base: Figures): FeatureCost {
  const cost = {
    name: one.name,
    rate: one.rate / base.rate,
    p99: one.p99 / base.p99,
    cpu: one.cpuUs / base.cpuUs,
  }
  console.log(
    `  ${cost.name.padEnd(32)} ${cost.rate.toFixed(2).padStart(6)} × ${cost.p99.toFixed(2).padStart(5)} × ${cost.cpu.toFixed(2).padStart(8)} ×` +
      `${one.failed > 0 ? `  (${one.failed} failed)` : ''}`,
  )
  return cost
}

if (import.meta.main) await benchFeatures()
