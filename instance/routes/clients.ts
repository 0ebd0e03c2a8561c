import {
  echoRequest,
  getBeacon,
  getClients,
  getMetrics,
  getRoot,
  pauseOrders,
  resumeOrders,
} from '../../shared/api/clients.ts'
import { endpointMap, instanceOperations } from '../../shared/api/index.ts'
import { STATE_HEADER } from '../../shared/api/operation.ts'
import { echo } from '../../shared/echo.ts'
import { MAX_AHEAD_MS } from '../../shared/kill-switch.ts'
import { answerMetrics } from '../../shared/metrics.ts'
import { problem } from '../../shared/problem.ts'
import type { InstanceStatus, KillSwitchState } from '../../shared/schemas/client.ts'
import type { Service } from '../../shared/service.ts'
import { VERSION } from '../../shared/version.ts'
import { refuseFields } from '../fields.ts'
import { type Parts, serve } from './serve.ts'

const SWITCHES: ReadonlySet<string | undefined> = new Set([pauseOrders.url, resumeOrders.url])

/** The instance's own word on itself. */
function statusOf({
  link,
  admission,
  config,
  killSwitch,
  restartWindows,
  tradingModes,
}: Parts): InstanceStatus {
  const { until } = restartWindows
  const { state, since, reason, hint, serverVersion, accounts, reconnects } = link.status
  return {
    clientId: link.clientId,
    connected: link.isUsable,
    state,
    since,
    reason,
    hint,
    gateway: `${config.gateway.host}:${config.gateway.port}`,
    serverVersion,
    accounts: [...accounts],
    tradingMode: tradingModes.mode,
    inflight: admission.inflight,
    overlaps: admission.overlaps,
    refused: admission.refused,
    reconnects,
    orders: killSwitch.state,
    restartWindow: until === undefined ? null : { until: new Date(until).toISOString() },
    pid: process.pid,
  }
}

/** `/`, `/beacon`, `/clients`, `/test`, `/metrics`: answered from memory, whatever the gateway does. */
export function routeClients(app: Service, parts: Parts): void {
  const { link, admission, killSwitch, usability } = parts
  const startedAt = new Date().toISOString()

  serve(app, parts, getRoot, () => ({
    name: 'IBREST',
    component: 'instance',
    version: VERSION,
    clientId: link.clientId,
    connected: link.isUsable,
    endpoints: endpointMap(instanceOperations),
  }))

  serve(app, parts, getBeacon, () => {
    if (admission.isClosing) throw problem('INSTANCE_SHUTTING_DOWN', { retryAfter: 1 })
    return { alive: true, component: 'instance', clientId: link.clientId, startedAt }
  })

  serve(app, parts, getClients, async ({ reply, headers, terms, caller }) => {
    const known = headers[STATE_HEADER]
    if (typeof known === 'string' && headers.prefer !== undefined)
      await usability.changed(known, terms.deadlineAt, terms.gone)
    reply.code(usability.isUsable ? 200 : 503).header(STATE_HEADER, usability.state)
    const status = statusOf(parts)
    if (caller?.hasAccounts !== true) return status
    // words on what went wrong may name others' accounts
    return { ...status, accounts: [...caller.visible(status.accounts)], reason: null }
  })

  // a switch in need of a body would be thrown too late
  app.addHook('preValidation', (request, _, done) => {
    if (SWITCHES.has(request.routeOptions.url) && request.body === undefined) request.body = {}
    done()
  })

  for (const [operation, paused] of [
    [pauseOrders, true],
    [resumeOrders, false],
  ] as const) {
    serve(app, parts, operation, ({ body, path }): KillSwitchState => {
      const { reason, at } = body
      if (at !== undefined && at > Date.now() + MAX_AHEAD_MS) {
        const detail = 'at must not be later than tomorrow: no later word could replace it'
        throw refuseFields(path, [{ field: 'at', code: 'too_large', detail }])
      }
      return killSwitch.throw(paused, reason ?? null, at)
    })
  }

  serve(app, parts, echoRequest, ({ request }) => echo(request))

  serve(app, parts, getMetrics, async ({ reply }) => {
    const { type, body } = await answerMetrics(app.registry)
    reply.type(type)
    return body
  })
}
