import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { FakeGateway, IN } from '../rig/fake-gateway.ts'
import { commission, execution, openOrder, orderStatus } from '../rig/fake-messages.ts'
import { tempDir } from '../rig/temp-dir.ts'
import { until } from '../rig/until.ts'

const main = join(import.meta.dirname, '../../instance/main.ts')

interface Process {
  readonly child: ChildProcess
  readonly url: string
  readonly output: () => string
  readonly ended: Promise<number | string>
}

/** Starts a real instance process and waits until it listens. */
async function start(t: Test, environment: Record<string, string>): Promise<Process> {
  const started = spawnInstance(t, environment)
  const listening = /"addresses":\[\{"address":"127\.0\.0\.1","family":"IPv4","port":(\d+)/
  const port = await until(() => listening.exec(started.output())?.[1], 'it listens')
  return { ...started, url: `http://127.0.0.1:${port}` }
}

function spawnInstance(t: Test, environment: Record<string, string>): Process {
  const child = spawn(process.execPath, [main], {
    env: {
      PATH: process.env.PATH ?? '',
      IBREST_PORT: '0',
      RECONNECT_MAX_MS: '100',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (bytes: Buffer) => {
      output += bytes.toString()
    })
  }
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string)
  t.teardown(() => child.kill('SIGKILL'))
  return { child, url: '', output: () => output, ended }
}

async function gatewayFor(t: Test): Promise<FakeGateway> {
  const gateway = await new FakeGateway().start()
  t.teardown(() => gateway.stop())
  return gateway
}

const usable = ({ url }: Process) => until(async () => (await fetch(`${url}/clients`)).ok, 'usable')
const get = async (path: string) => (await fetch(path)).json() as Promise<Record<string, unknown>[]>
const place = (url: string) =>
  fetch(`${url}/order`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ symbol: 'AAPL', action: 'BUY', totalQuantity: 100, orderType: 'MKT' }),
  })

t.test('a port that is taken is told in one line, with exit code 1', async (t) => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => taken.close())
  const { port } = taken.address() as { port: number }
  const { ended, output } = spawnInstance(t, { IBREST_PORT: String(port), DATA_DIR: tempDir(t) })
  t.equal(await ended, 1)
  t.match(output(), new RegExp(`Port ${port} on 127.0.0.1 is taken; free it or set IBREST_PORT`))
  t.notMatch(output(), /\n\s+at /, 'no stack')
})

t.test('every mistake of the environment is told at once', async (t) => {
  const { ended, output } = spawnInstance(t, {
    IBGW_CLIENT_ID: '-1',
    IBGW_PORT: 'x',
    SLOTS_PER_INSTANCE: '0',
  })
  t.equal(await ended, 1)
  for (const name of ['IBGW_CLIENT_ID', 'IBGW_PORT', 'SLOTS_PER_INSTANCE']) t.match(output(), name)
})

t.test('listening to the world without keys is refused', async (t) => {
  const { ended, output } = spawnInstance(t, { IBREST_HOST: '0.0.0.0', DATA_DIR: tempDir(t) })
  t.equal(await ended, 1)
  t.match(output(), /ALLOW_OPEN_LISTEN/)
})

t.test('listening does not wait for the gateway', async (t) => {
  const gateway = await gatewayFor(t)
  const port = String(gateway.port)
  await gateway.stop()
  const instance = await start(t, { IBGW_PORT: port, DATA_DIR: tempDir(t) })
  t.match(instance.output(), /"msg":"instance ready"/)
  t.equal((await fetch(`${instance.url}/clients`)).status, 503)
  t.equal((await fetch(`${instance.url}/beacon`)).status, 200)
  instance.child.kill('SIGTERM')
  t.equal(await instance.ended, 0)
})

t.test(
  'orders, fills and commissions survive a kill, and order ids never come again',
  async (t) => {
    const gateway = await gatewayFor(t)
    gateway.on(IN.PLACE_ORDER, (api, [, id = '']) => {
      const orderId = Number(id)
      api.sayAll(
        openOrder({ orderId }),
        execution({ execId: `e${orderId}.01`, orderId }),
        orderStatus({ orderId, status: 'Filled', filled: 100, average: 150 }),
        commission(`e${orderId}.01`, 1.5),
      )
    })
    const environment = { IBGW_PORT: String(gateway.port), DATA_DIR: tempDir(t) }
    const first = await start(t, environment)
    await usable(first)
    const placed = (await (await place(first.url)).json()) as { id: string; orderId: number }
    t.match(placed, { state: 'executed' })
    first.child.kill('SIGKILL')
    await first.ended
    await until(() => gateway.clients.size === 0, 'the gateway noticed')

    const second = await start(t, environment)
    t.match(await get(`${second.url}/order/filled`), [{ id: placed.id, filled: 100 }])
    t.match(await get(`${second.url}/executions/commissions`), [{ commission: 1.5 }])
    await usable(second)
    t.match(await get(`${second.url}/executions`), [{ id: placed.id, commission: 1.5 }])
    t.match(await get(`${second.url}/order/${placed.id}`), { id: placed.id, state: 'executed' })
    const next = (await (await place(second.url)).json()) as { orderId: number }
    t.equal(next.orderId, placed.orderId + 1, 'though the gateway says 1 again')
    second.child.kill('SIGTERM')
    t.equal(await second.ended, 0)
  },
)

t.test('SIGTERM lets a running call finish, refuses others, and ends with 0', async (t) => {
  const gateway = await gatewayFor(t)
  const instance = await start(t, { IBGW_PORT: String(gateway.port), DATA_DIR: tempDir(t) })
  await usable(instance)
  let orderId = 0
  gateway.on(IN.PLACE_ORDER, (_, [, id]) => {
    orderId = Number(id)
  })
  const running = place(instance.url)
  await until(() => orderId !== 0, 'the order was sent')
  instance.child.kill('SIGTERM')
  await until(async () => (await fetch(`${instance.url}/beacon`)).status === 503, 'shutting down')
  const refused = await fetch(`${instance.url}/account`)
  t.equal(refused.status, 503)
  t.match(await refused.json(), { code: 'INSTANCE_SHUTTING_DOWN', retryable: true })
  gateway.say(...openOrder({ orderId }))
  t.equal((await running).status, 201)
  t.equal(await instance.ended, 0)
})

t.test('a call that outlasts the grace is answered, and the process ends with 0', async (t) => {
  const gateway = await gatewayFor(t)
  const instance = await start(t, {
    IBGW_PORT: String(gateway.port),
    DATA_DIR: tempDir(t),
    SHUTDOWN_GRACE_MS: '500',
  })
  await usable(instance)
  const running = place(instance.url)
  await until(() => gateway.count(IN.PLACE_ORDER) === 1, 'the order was sent')
  instance.child.kill('SIGTERM')
  const answer = await running
  t.equal(answer.status, 202)
  t.match(await answer.json(), { status: 'Unknown' })
  t.equal(await instance.ended, 0)
})

t.test('a ledger that cannot be opened is told, with exit code 1', async (t) => {
  const file = join(tempDir(t), 'file')
  writeFileSync(file, '')
  const { ended, output } = spawnInstance(t, { DATA_DIR: file })
  t.equal(await ended, 1)
  t.match(output(), /The ledger .* cannot be used/)
})
