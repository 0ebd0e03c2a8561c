import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { Client } from 'undici'
import { AS_PROXY, freePorts, System } from '../rig/system.ts'
import { frameOf } from '../rig/tws-client.ts'
import { Counter, sharesOf } from './tws-load.ts'

const WARM_UP = 5
const ROUNDS = 15
const PATH = '/history/AAPL?durationStr=14%20D&barSizeSetting=1%20min'
const APPLE = ['265598', 'AAPL', 'STK', '', '', '', '', 'SMART', '', 'USD', '', ''] as const
const REQUEST = [...APPLE, 0, '', '1 min', '14 D', 0, 'TRADES', 2, 0, ''] as const

/** Another caller, on a thread of its own: one quick call after the other, and how long the slowest took, ms. */
async function standBy(origin: string): Promise<void> {
  const client = new Client(origin)
  let slowest = 0
  parentPort?.on('message', () => {
    parentPort?.postMessage(slowest)
    slowest = 0
  })
  for (;;) {
    const begun = performance.now()
    const { body } = await client.request({ method: 'GET', path: '/clients' })
    await body.dump()
    slowest = Math.max(slowest, performance.now() - begun)
    await pause(1)
  }
}

/** What one answer took: whole, and its parts as those told them who worked on it, ms. */
interface Taken {
  readonly whole: number
  readonly ib: number
  readonly encode: number
  /** the slowest of the quick calls beside it */
  readonly beside: number
}

function stageOf(timing: string, stage: string): number {
  return Number(new RegExp(`${stage};dur=([\\d.]+)`).exec(timing)?.[1] ?? Number.NaN)
}

async function benchBars(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'ibrest-bench-'))
  const system = await new System(await freePorts(1), dataDir, 1, {
    LOG_LEVEL: 'warn',
    // measured is our road, not the rate a real gateway allows
    IB_MESSAGES_PER_SECOND: '1000',
    SIMULATOR_MESSAGE_RATE: 'off',
  }).ready()
  const instance = system.instanceUrl(0)
  const bystander = new Worker(new URL(import.meta.url), { workerData: instance })
  const slowestBeside = async () => {
    bystander.postMessage('slowest')
    return ((await once(bystander, 'message')) as [number])[0]
  }
  let size = 0

  async function ask(client: Client): Promise<Taken> {
    await pause(50)
    await slowestBeside()
    const begun = performance.now()
    const { statusCode, headers, body } = await client.request({
      method: 'GET',
      path: PATH,
      headers: { ...AS_PROXY, 'cache-control': 'no-cache' },
    })
    const bytes = await body.arrayBuffer()
    const whole = performance.now() - begun
    if (statusCode !== 200) throw new Error(Buffer.from(bytes).toString())
    size = bytes.byteLength
    const timing = String(headers['server-timing'])
    const beside = await slowestBeside()
    return { whole, ib: stageOf(timing, 'ib'), encode: stageOf(timing, 'encode'), beside }
  }

  async function rounds<Result>(ask: () => Promise<Result>): Promise<Result[]> {
    const results: Result[] = []
    for (let round = -WARM_UP; round < ROUNDS; round += 1) {
      const result = await ask()
      if (round >= 0) results.push(result)
    }
    return results
  }

  const counter = await Counter.login(system.ports.simulator, 9)
  let reqId = 0
  const gateway = await rounds(async () => {
    const [begun, goal] = [performance.now(), counter.frames + 1]
    reqId += 1
    counter.socket.write(frameOf([20, reqId, ...REQUEST]))
    await counter.reach(goal)
    return performance.now() - begun
  })
  const direct = new Client(instance)
  const through = new Client(system.url)
  const atInstance = await rounds(() => ask(direct))
  const whole = await rounds(() => ask(through))
  await pause(2000)
  const idle = await slowestBeside()

  const medianOf = (values: readonly number[]) => sharesOf(values, 0.5)[0] ?? Number.NaN
  const row = (name: string, values: readonly number[]) => {
    const [median = 0, worst = 0] = sharesOf(values, 0.5, 1)
    console.log(
      `  ${name.padEnd(52)} ${median.toFixed(1).padStart(7)} ${worst.toFixed(1).padStart(8)}`,
    )
  }
  const pick = (taken: readonly Taken[], part: keyof Taken) => taken.map((each) => each[part])
  const gatewayMs = medianOf(gateway)
  const instanceMs = medianOf(pick(atInstance, 'whole'))
  console.log(
    `20,160 bars of a minute in one answer, ${(size / 1e6).toFixed(2)} MB of JSON; ${ROUNDS} rounds, ms.`,
  )
  console.log(`  ${''.padEnd(52)}  median    worst`)
  row('whole road, through the proxy', pick(whole, 'whole'))
  row('straight from the instance', pick(atInstance, 'whole'))
  row('  of it: asked → last bar decoded', pick(atInstance, 'ib'))
  row('  of it: last bar decoded → answer begun', pick(atInstance, 'encode'))
  row('the simulated gateway alone: made and sent', gateway)
  row('slowest quick call beside it, through the proxy', pick(whole, 'beside'))
  row('slowest quick call beside it, at the instance', pick(atInstance, 'beside'))
  console.log(
    `  added by the instance ${(instanceMs - gatewayMs).toFixed(1)}, by the proxy ${(medianOf(pick(whole, 'whole')) - instanceMs).toFixed(1)}; ` +
      `slowest quick call in 2 s with nothing else going on: ${idle.toFixed(1)}`,
  )
  counter.socket.destroy()
  await bystander.terminate()
  await Promise.all([direct.destroy(), through.destroy()])
  await system.stop()
  rmSync(dataDir, { recursive: true, force: true })
}

if (isMainThread) await benchBars()
else await standBy(workerData as string)
