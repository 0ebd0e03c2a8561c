import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'

const main = fileURLToPath(new URL('../../simulator/main.ts', import.meta.url))
const probe = fileURLToPath(new URL('../probe/probe.py', import.meta.url))
/** A walk waits for five-second bars; machines with little to spare take longer. */
const WALK_MS = 50_000

async function startSimulator(t: Test, serverVersion: number): Promise<number> {
  const child = spawn(process.execPath, [main], {
    env: {
      PATH: process.env.PATH,
      SIMULATOR_PORT: '0',
      SIMULATOR_CONTROL_PORT: '0',
      SIMULATOR_SERVER_VERSION: String(serverVersion),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const output = createInterface(child.stdout)
  t.teardown(() => output.close())
  for await (const line of output) {
    const told = JSON.parse(line) as { msg: string; port: number }
    if (told.msg === 'simulator ready') return told.port
  }
  throw new Error('it ended before it was ready')
}

async function walk(args: readonly number[]): Promise<{ code: number | null; told: string }> {
  const child: ChildProcess = spawn('python3', ['-B', probe, ...args.map(String)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (child.stdout === null || child.stderr === null) throw new Error('no output')
  const [[code], told, faults] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ])
  return { code, told: told + faults }
}

/** What the gateway speaks at most, what the client announces, what they must agree on. */
const greetings = [
  { ours: 178, lowest: 178, highest: 193, agreed: 178 },
  { ours: 185, lowest: 178, highest: 193, agreed: 185 },
  { ours: 193, lowest: 178, highest: 193, agreed: 193 },
  { ours: 193, lowest: 157, highest: 178, agreed: 178 },
  { ours: 193, lowest: 100, highest: 193, agreed: 193 },
  { ours: 193, lowest: 176, highest: 200, agreed: 193 },
]

t.jobs = greetings.length
for (const { ours, lowest, highest, agreed } of greetings) {
  t.test(
    `a client that shares no code with a gateway of ${ours} and says v${lowest}..${highest} finds every field right at ${agreed}`,
    { timeout: WALK_MS, buffered: true },
    async (t) => {
      const port = await startSimulator(t, ours)
      const { code, told } = await walk([port, lowest, highest, agreed])
      t.match(told, new RegExp(`^ok \\d{4,} checks at ${agreed}\n$`))
      t.equal(code, 0)
    },
  )
}
