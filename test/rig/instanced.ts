import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { buildInstance, type RunnableInstance } from '../../instance/app.ts'
import { type InstanceConfig, readConfig } from '../../instance/config.ts'
import type { InstanceStatus } from '../../shared/schemas/client.ts'
import { Gateway, type GatewayOptions } from '../../simulator/gateway.ts'
import { FakeGateway } from './fake-gateway.ts'
import type { Parsed } from './parsed.ts'
import { until } from './until.ts'

/** A running instance as tests speak to it. */
export interface Reached {
  readonly url: string
  readonly instance: RunnableInstance
  status(): Promise<InstanceStatus>
  /** one sample of the metrics, by the start of its line */
  metric(sample: string): Promise<number>
  /** a call and its parsed answer */
  call(path: string, init?: RequestInit): Promise<Answered>
  order(body: unknown, headers?: Record<string, string>): Promise<Answered>
}

export interface Answered {
  readonly answer: Response
  readonly body: Parsed
}

export interface Instanced extends Reached {
  readonly gateway: FakeGateway
}

export interface Simulated extends Reached {
  readonly simulator: Gateway
}

export interface InstanceWishes {
  readonly environment?: Record<string, string>
  readonly config?: Partial<InstanceConfig>
  /** resolve without waiting for the login */
  readonly impatient?: boolean
  /** where it listens; any free port unless told */
  readonly port?: number
}

/**
 * An instance in this process with a fake gateway before it, both on free ports; torn down with the test. It mirrors
 * nothing unless told: what the gateway is asked is what the test asks.
 */
export async function instanced(
  t: Test,
  wishes: InstanceWishes & { readonly gateway?: FakeGateway } = {},
): Promise<Instanced> {
  const gateway = wishes.gateway ?? (await new FakeGateway().start())
  const environment = { MIRROR: 'off', ...wishes.environment }
  const reached = await reach(gateway.port, { ...wishes, environment })
  t.teardown(async () => {
    await gateway.stop()
    await reached.instance.stop()
  })
  return { ...reached, gateway }
}

/** The same with the simulated gateway. */
export async function simulated(
  t: Test,
  wishes: InstanceWishes & { readonly simulator?: Partial<GatewayOptions> } = {},
): Promise<Simulated> {
  const simulator = new Gateway({
    port: 0,
    accounts: ['DU1', 'DU2'],
    // the instances of these tests send as fast as they can
    limits: { messageRate: 'off' },
    ...wishes.simulator,
  })
  await simulator.listen()
  const reached = await reach(simulator.port, wishes)
  t.teardown(async () => {
    await reached.instance.stop()
    await simulator.close()
  })
  return { ...reached, simulator }
}

/** An instance in this process before a gateway that is there already; its test stops it. */
export async function reach(gatewayPort: number, wishes: InstanceWishes): Promise<Reached> {
  const base = readConfig({
    LOG_LEVEL: 'silent',
    IBREST_PORT: '0',
    IBGW_PORT: String(gatewayPort),
    RECONNECT_MIN_MS: '10',
    RECONNECT_MAX_MS: '40',
    IB_MESSAGES_PER_SECOND: '1000',
    ...wishes.environment,
  })
  const instance = await buildInstance({ ...base, ledgerPath: ':memory:', ...wishes.config })
  await instance.metricsPort?.listen('127.0.0.1')
  await instance.app.listen({ host: '127.0.0.1', port: wishes.port ?? 0 })
  instance.start()
  const { port } = instance.app.server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const call: Reached['call'] = async (path, init) => {
    const answer = await fetch(`${url}${path}`, init)
    const text = await answer.text()
    return { answer, body: text === '' ? undefined : JSON.parse(text) }
  }
  if (!wishes.impatient) await until(() => instance.link.isUsable, 'the instance is logged in')
  return {
    url,
    instance,
    call,
    order: (body, headers = {}) =>
      call('/order', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    status: async () => (await call('/clients')).body as InstanceStatus,
    metric: async (sample) => {
      const text = await (await fetch(`${url}/metrics`)).text()
      const line = text.split('\n').find((each) => each.startsWith(sample))
      return Number(line?.slice(line.lastIndexOf(' ') + 1) ?? Number.NaN)
    },
  }
}
