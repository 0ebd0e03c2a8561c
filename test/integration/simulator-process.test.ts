import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { tempDir } from '../rig/temp-dir.ts'
import { TwsClient } from '../rig/tws-client.ts'

const main = fileURLToPath(new URL('../../simulator/main.ts', import.meta.url))

function start(t: Test, environment: Record<string, string>, ...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, SIMULATOR_PORT: '0', SIMULATOR_CONTROL_PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  return child
}

async function ready(child: ChildProcess): Promise<{ port: number; control: number }> {
  if (child.stdout === null) throw new Error('no output')
  for await (const line of createInterface(child.stdout)) {
    const told = JSON.parse(line) as { msg: string; port: number; control: number }
    if (told.msg === 'simulator ready') return told
  }
  throw new Error('it ended before it was ready')
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(
    `it says when it is ready, and ${signal} ends it cleanly with clients connected`,
    async (t) => {
      const child = start(t, {})
      const { port, control } = await ready(child)
      const client = await TwsClient.login({ port, clientId: 1 })
      const health = await (await fetch(`http://127.0.0.1:${control}/health`)).json()
      t.match(health, { alive: true, port })
      const exit = once(child, 'exit')
      child.kill(signal)
      t.same(await exit, [0, null])
      await client.closed
    },
  )
}

t.test('a port that is taken is told in one line that names the setting', async (t) => {
  const blocker = createServer().listen(0, '127.0.0.1')
  await once(blocker, 'listening')
  t.teardown(() => blocker.close())
  const { port } = blocker.address() as { port: number }
  for (const setting of ['SIMULATOR_PORT', 'SIMULATOR_CONTROL_PORT']) {
    const child = start(t, { [setting]: String(port) })
    const exit = once(child, 'exit')
    const told = child.stderr === null ? '' : await text(child.stderr)
    t.same(await exit, [1, null])
    t.match(told, new RegExp(`^Port ${port} on 127.0.0.1 is taken.*${setting}\\.\\n$`))
  }
})

t.test('mistakes in the environment are told, and --help tells what there is', async (t) => {
  const wrong = start(t, { SIMULATOR_SERVER_VERSION: '200' })
  t.match(wrong.stderr && (await text(wrong.stderr)), /^SIMULATOR_SERVER_VERSION: "200" is not/)
  const help = start(t, {}, '--help')
  t.match(help.stdout && (await text(help.stdout)), /SIMULATOR_ACCOUNTS/)
})

t.test(
  'its folder is all it needs: copied elsewhere and started as npx does, it serves',
  async (t) => {
    const folder = join(tempDir(t), 'simulator')
    await cp(fileURLToPath(new URL('../../simulator', import.meta.url)), folder, {
      recursive: true,
    })
    const child = spawn(join(folder, 'cli.js'), {
      env: { ...process.env, SIMULATOR_PORT: '0', SIMULATOR_CONTROL_PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    t.teardown(() => child.kill('SIGKILL'))
    const { port } = await ready(child)
    const client = await TwsClient.login({ port, clientId: 1 })
    t.equal(client.version, 193)
    await client.close()
  },
)
