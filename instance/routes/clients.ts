import {
  echoRequest,
  getBeacon,
  getClients,
  getMetrics,
  getRoot,
} from '../../shared/api/clients.ts'
import { endpointMap, instanceOperations } from '../../shared/api/index.ts'
import { STATE_HEADER } from '../../shared/api/operation.ts'
import { echo } from '../../shared/echo.ts'
import { answerMetrics } from '../../shared/metrics.ts'
import { problem } from '../../shared/problem.ts'
import type { InstanceStatus } from '../../shared/schemas/client.ts'
import type { Service } from '../../shared/service.ts'
import { VERSION } from '../../shared/version.ts'
import { type Parts, serve } from './serve.ts'

/** The instance's own word on itself. */
function statusOf({ link, admission, config }: Parts): InstanceStatus {
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
    inflight: admission.inflight,
    overlaps: admission.overlaps,
    refused: admission.refused,
    reconnects,
    pid: process.pid,
  }
}

/** `/`, `/beacon`, `/clients`, `/test`, `/metrics`: answered from memory, whatever the gateway does. */
export function routeClients(app: Service, parts: Parts): void {
  const { link, admission, usability } = parts
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

  serve(app, parts, getClients, async ({ reply, headers, terms }) => {
    const known = headers[STATE_HEADER]
    if (typeof known === 'string' && headers.prefer !== undefined)
      await usability.changed(known, terms.deadlineAt, terms.gone)
    reply.code(usability.isUsable ? 200 : 503).header(STATE_HEADER, usability.state)
    return statusOf(parts)
  })

  serve(app, parts, echoRequest, ({ request }) => echo(request))

  serve(app, parts, getMetrics, async ({ reply }) => {
    const { type, body } = await answerMetrics(app.registry)
    reply.type(type)
    return body
  })
}
