import { readdirSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { System, startSystem } from '../rig/system.ts'
import { tempDir } from '../rig/temp-dir.ts'
import { until } from '../rig/until.ts'

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Nothing listens at `url` any more. */
function isSilent(url: string): Promise<boolean> {
  return fetch(`${url}/beacon`).then(
    () => false,
    () => true,
  )
}

t.test(
  'npm start brings everything up, says where it is, and Ctrl-C leaves nothing behind',
  async (t) => {
    const system = await startSystem(t)
    t.match(system.output, new RegExp(`ready at ${system.url}`))
    t.equal(system.output.match(/^ {2}curl /gm)?.length, 3, 'three curls to try')
    t.match(system.output, /8 of 8 instances usable/)
    t.match(system.output, /Logs: /)
    t.same(readdirSync(join(system.dataDir, 'logs')).length, 10, 'a log for each of ten processes')

    const pids = await Promise.all(
      Array.from({ length: 8 }, async (_, clientId) => (await system.instance(clientId)).pid),
    )
    t.equal(new Set(pids).size, 8, 'a process for each client id')
    t.equal(await system.stop('SIGINT'), 0)
    t.notOk(pids.some(isAlive))
    await t.rejects(fetch(`${system.url}/beacon`))
  },
)

t.test('a process that dies is reported and started again', async (t) => {
  const system = await startSystem(t, { poolSize: 2 })
  const { pid } = await system.instance(1)
  process.kill(pid, 'SIGKILL')
  await until(() => /instance-1 died \(SIGKILL\)/.test(system.output), 'the death told')
  await until(async () => (await system.instance(1)).pid !== pid, 'another process in its place')
  await until(async () => (await system.pool()).usable === 2, 'usable again')
})

t.test('what it started ends with it, even when it is killed', async (t) => {
  const system = await startSystem(t, { poolSize: 1 })
  const { pid } = await system.instance(0)
  await system.stop('SIGKILL')
  await until(() => !isAlive(pid), 'the instance gone')
  await until(() => isSilent(system.url), 'the proxy gone')
})

t.test('started by npm and told to stop through npm, nothing is left either', async (t) => {
  const system = await startSystem(t, { poolSize: 1, byNpm: true })
  const { pid } = await system.instance(0)
  await system.stop('SIGTERM')
  await until(() => !isAlive(pid), 'the instance gone')
  await until(() => isSilent(system.url), 'the proxy gone')
})

t.test('a taken port is told by name, without a stack, and nothing is started', async (t) => {
  const squatter = createServer()
  await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve))
  t.teardown(() => squatter.close())
  const { port } = squatter.address() as AddressInfo
  const ports = { proxy: port, simulator: 14_002, control: 14_080, instances: 13_100 }
  const system = new System(ports, tempDir(t), 1, {})
  await until(() => system.exitCode !== null, 'it to end')
  t.equal(system.exitCode, 1)
  t.match(
    system.output,
    new RegExp(`Port ${port} on 127.0.0.1 is taken; free it or set IBREST_PORT`),
  )
  t.notMatch(system.output, / at .*\.ts:\d+/)
})

t.test('wrong settings are all told at once', async (t) => {
  const ports = { proxy: 0, simulator: 14_002, control: 14_080, instances: 13_100 }
  const system = new System(ports, tempDir(t), 99, {})
  await until(() => system.exitCode !== null, 'it to end')
  t.equal(system.exitCode, 1)
  t.match(system.output, /IBREST_PORT is "0"/)
  t.match(system.output, /POOL_SIZE is "99"/)
})
