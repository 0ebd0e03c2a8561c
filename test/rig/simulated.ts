import type { Test } from 'tap'
import { Control } from '../../simulator/control.ts'
import { Gateway, type GatewayOptions } from '../../simulator/gateway.ts'
import { orderFields, TwsClient } from './tws-client.ts'

/** A simulated gateway with its side door, and client 5 logged in. */
export interface Rig {
  readonly gateway: Gateway
  readonly client: TwsClient
  readonly port: number
  readonly request: (
    method: string,
    path: string,
    body?: unknown,
  ) => Promise<{ status: number; body: unknown }>
}

/** Starts it at version 178 on free ports, until the test is over. */
export async function rigFor(t: Test, options: Partial<GatewayOptions> = {}): Promise<Rig> {
  const gateway = new Gateway({ port: 0, serverVersion: 178, ...options })
  const control = new Control(gateway)
  await gateway.listen()
  await control.listen('127.0.0.1', 0)
  const client = await TwsClient.login({ port: gateway.port, clientId: 5 })
  t.teardown(async () => {
    await client.close()
    await control.close()
    await gateway.close()
  })
  return {
    gateway,
    client,
    port: gateway.port,
    request: async (method, path, body) => {
      const response = await fetch(`http://127.0.0.1:${control.port}${path}`, {
        method,
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      return { status: response.status, body: await response.json() }
    },
  }
}

/** A market order for 100 AAPL; `more` are fields by their numbers. */
export function buy(orderId: number, more: Record<number, string | number> = {}): string[] {
  return orderFields({ 1: orderId, 3: 'AAPL', 16: 'BUY', 17: 100, ...more })
}

/** A stream of quotes of AAPL. */
export function quotes(reqId: number): (string | number)[] {
  return [1, 11, reqId, 265598, ...Array.from({ length: 11 }, () => ''), 0, '', 0, 0, '']
}
