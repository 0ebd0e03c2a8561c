import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Agent, request } from 'undici'
import type { PoolStatus } from '../../shared/schemas/client.ts'
import { failStart, startupMessage } from '../../shared/service.ts'
import { Child } from './child.ts'
import { type LocalConfig, readConfig } from './config.ts'

/** How often the process that started us is looked for, ms. */
const PARENT_CHECK_MS = 500

const root = resolve(import.meta.dirname, '../..')
const say = (line: string) => process.stdout.write(`${line}\n`)

function configured(): LocalConfig {
  try {
    return readConfig()
  } catch (error) {
    return failStart(startupMessage(error, { host: '', port: 0, variable: '' }))
  }
}

const config = configured()
const dataDir = resolve(root, config.dataDir)
const logDir = join(dataDir, 'logs')
const address = `${config.isTls ? 'https' : 'http'}://${config.host.includes(':') ? `[${config.host}]` : config.host}:${config.port}`

interface PortUse {
  readonly port: number
  readonly host: string
  readonly variable: string
}

function portsNeeded(): PortUse[] {
  const { poolSize, instanceBasePort, gateway } = config
  return [
    { port: config.port, host: config.host, variable: 'IBREST_PORT' },
    ...Array.from({ length: poolSize }, (_, clientId) => ({
      port: instanceBasePort + clientId,
      host: '127.0.0.1',
      variable: 'INSTANCE_BASE_PORT',
    })),
    ...(gateway.simulated
      ? [
          { port: config.simulatorPort, host: '127.0.0.1', variable: 'SIMULATOR_PORT' },
          {
            port: config.simulatorControlPort,
            host: '127.0.0.1',
            variable: 'SIMULATOR_CONTROL_PORT',
          },
        ]
      : []),
  ]
}

/** Tries a port before anything is started, so that the operator hears which one is taken and how to move it. */
function tryPort(use: PortUse): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve(startupMessage(error, use)))
    server.listen(use.port, use.host, () => server.close(() => resolve(undefined)))
  })
}

/** What the instances know the proxy by: what the environment says, or a word of this start's own. */
const token: Readonly<Record<string, string>> =
  process.env.INSTANCE_TOKEN || process.env.INSTANCE_TOKEN_FILE
    ? {}
    : { INSTANCE_TOKEN: randomBytes(32).toString('base64url') }

function mainOf(part: string): string {
  return join(root, part, 'main.ts')
}

const reports = {
  logDir,
  onDeath: (name: string, how: string, restartMs: number) =>
    say(
      `${name} died (${how}); starting it again in ${restartMs} ms. Its log: ${join(logDir, `${name}.log`)}`,
    ),
}

const simulator = new Child({
  ...reports,
  name: 'simulator',
  main: mainOf('simulator'),
  env: {
    IBREST_HOST: '127.0.0.1',
    SIMULATOR_PORT: String(config.simulatorPort),
    SIMULATOR_CONTROL_PORT: String(config.simulatorControlPort),
  },
})
const instances = Array.from(
  { length: config.poolSize },
  (_, clientId) =>
    new Child({
      ...reports,
      name: `instance-${clientId}`,
      main: mainOf('instance'),
      env: {
        ...token,
        IBGW_HOST: config.gateway.host,
        IBGW_PORT: String(config.gateway.port),
        IBGW_CLIENT_ID: String(clientId),
        // one port cannot be that of all
        METRICS_PORT: '',
        IBREST_HOST: '127.0.0.1',
        IBREST_PORT: String(config.instanceBasePort + clientId),
        // simulated fills never stand among real ones, nor look like them
        ...(config.gateway.simulated && { TRADING_MODE: 'simulated' }),
        DATA_DIR: join(dataDir, config.gateway.simulated ? 'simulator' : 'gateway'),
      },
    }),
)
const proxy = new Child({
  ...reports,
  name: 'proxy',
  main: mainOf('proxy'),
  env: {
    ...token,
    IBREST_HOST: config.host,
    IBREST_PORT: String(config.port),
    DATA_DIR: dataDir,
    INSTANCES: instances
      .map((_, clientId) => `http://127.0.0.1:${config.instanceBasePort + clientId}`)
      .join(','),
  },
})

let stopping = false

/** Callers first, then those who serve them, the gateway last. */
async function stopAll(): Promise<void> {
  if (stopping) {
    for (const child of [proxy, ...instances, simulator]) child.kill()
    process.exit(130)
  }
  stopping = true
  say('\nStopping: proxy, instances, simulator …')
  await proxy.stop()
  await Promise.all(instances.map((instance) => instance.stop()))
  await simulator.stop()
  say('Stopped.')
  process.exit(0)
}

/** It shows a certificate that nobody vouches for, or one of other names than this machine's. */
const ownProxy = new Agent({ connect: { rejectUnauthorized: false } })

async function poolStatus(): Promise<PoolStatus | undefined> {
  try {
    const { body } = await request(`${address}/clients`, { dispatcher: ownProxy })
    return (await body.json()) as PoolStatus
  } catch {
    return undefined
  }
}

/** Shows how many instances are usable until all are; says why where it takes long. */
async function awaitUsable(): Promise<void> {
  let shown = -1
  let toldWhyAt = Date.now()
  while (!stopping) {
    const status = await poolStatus()
    const usable = status?.usable ?? 0
    if (usable !== shown) say(`  ${usable} of ${config.poolSize} instances usable`)
    shown = usable
    if (usable === config.poolSize) return
    if (Date.now() - toldWhyAt > 10_000) {
      toldWhyAt = Date.now()
      const waiting = status?.clients.find(({ connected }) => !connected)
      if (waiting)
        say(
          `  client ${waiting.clientId}: ${waiting.reason ?? 'starting'}${waiting.hint ? ` (${waiting.hint})` : ''}`,
        )
    }
    await pause(50)
  }
}

/** npm passes a signal on to its shell, which dies of it alone: the end of that is our signal. */
function stopWithNpm(): void {
  if (process.env.npm_lifecycle_event === undefined) return
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    void stopAll()
  }, PARENT_CHECK_MS)
  watch.unref()
}

process.on('SIGINT', () => void stopAll())
process.on('SIGTERM', () => void stopAll())

stopWithNpm()

const taken = (await Promise.all(portsNeeded().map(tryPort))).filter((why) => why !== undefined)
if (taken.length > 0) failStart([...new Set(taken)].join('\n'))

const begun = performance.now()
mkdirSync(logDir, { recursive: true })
const { host, port, simulated } = config.gateway
say(
  simulated
    ? `Starting a simulated gateway on port ${port}, ${config.poolSize} instances and the proxy …`
    : `Starting ${config.poolSize} instances for the gateway at ${host}:${port}, and the proxy …`,
)
if (simulated) simulator.start()
for (const child of [...instances, proxy]) child.start()
await awaitUsable()

if (!stopping) {
  const curl = config.isTls ? 'curl -k' : 'curl'
  say(`
IBREST is ready at ${address} (${((performance.now() - begun) / 1000).toFixed(1)} s). Try:

  ${curl} '${address}/clients'
  ${curl} '${address}/market/AAPL'
  ${curl} -X POST '${address}/order' -H 'content-type: application/json' \\
       -d '{"symbol":"AAPL","action":"BUY","totalQuantity":10,"orderType":"MKT"}'

Every path: ${curl} '${address}/'    Logs: ${logDir}    Ctrl-C stops everything.`)
}
