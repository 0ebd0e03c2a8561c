import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { PoolStatus } from '../../shared/schemas/client.ts'
import { StubInstance } from '../rig/stub-instance.ts'
import { freePorts } from '../rig/system.ts'
import { tempDir } from '../rig/temp-dir.ts'
import { until } from '../rig/until.ts'

const main = join(import.meta.dirname, '../../proxy/main.ts')

t.test('a hangup makes a proxy read its instances again, SIGTERM ends it', async (t) => {
  const stubs = await Promise.all([new StubInstance().start(), new StubInstance().start()])
  t.teardown(() => Promise.all(stubs.map((stub) => stub.stop())))
  const path = join(tempDir(t), 'instances')
  writeFileSync(path, `${stubs[0]?.origin}\n`)
  const { proxy: port } = await freePorts(0)
  const proxy = spawn(process.execPath, [main], {
    env: {
      PATH: process.env.PATH,
      IBREST_PORT: String(port),
      INSTANCES: `file:${path}`,
      KEY_CLIENTS: '1',
      LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  t.teardown(() => proxy.kill('SIGKILL'))
  const exited = once(proxy, 'exit')
  const usable = async () =>
    ((await (await fetch(`http://127.0.0.1:${port}/clients`)).json()) as PoolStatus).usable
  await until(async () => (await usable()) === 1, 'one')
  writeFileSync(path, stubs.map(({ origin }) => origin).join('\n'))
  proxy.kill('SIGHUP')
  await until(async () => (await usable()) === 2, 'two')
  t.equal(proxy.exitCode, null, 'it lives on')
  proxy.kill('SIGTERM')
  t.same(await exited, [0, null])
})
