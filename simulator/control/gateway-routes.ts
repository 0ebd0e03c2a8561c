import { FaultError, type FaultRequest } from '../faults/fault.ts'
import { knownFaults } from '../faults.ts'
import { ControlError, needed, number, object, oneOf, readBody, text, whole } from './body.ts'
import { connectionDocuments } from './documents.ts'
import type { Route } from './route.ts'

const MAX_ID = 0x7fff_ffff
const MAX_MS = 86_400_000
/** The longest text of a notice. */
const MAX_NOTICE = 2000

function readFault(body: Readonly<Record<string, unknown>>): FaultRequest {
  const read = readBody(body, {
    fault: text(40),
    match: object({
      clientId: whole(0, MAX_ID),
      message: text(60),
      orderId: whole(-MAX_ID, MAX_ID),
    }),
    count: whole(1, 1_000_000),
    delayMs: whole(0, MAX_MS),
    probability: number(0, 1),
    farm: text(20),
    symbol: text(30),
    conId: whole(1, MAX_ID),
    lingerMs: whole(0, MAX_MS),
    by: whole(1, MAX_ID),
  })
  if (read.fault === undefined) {
    throw new ControlError(400, 'fault: its name is missing', { known: Object.keys(knownFaults) })
  }
  return { ...read, fault: read.fault }
}

/** The gateway: its clients, what they say, and its misbehaviour. */
export const gatewayRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/health',
    does: 'whether it lives',
    serve: ({ port, options: { serverVersion }, connections }) => ({
      body: { alive: true, port, serverVersion, sockets: connections.length },
    }),
  },
  {
    method: 'GET',
    path: '/connections',
    does: 'who is connected',
    serve: (gateway) => ({ body: connectionDocuments(gateway) }),
  },
  {
    method: 'DELETE',
    path: '/connections/{clientId}',
    takes: '{"how": "close" or "reset", "lingerMs"}',
    does: 'ends the connection of a client; its id stays in use for lingerMs (0)',
    serve: (gateway, body, key) => {
      const { how, lingerMs } = readBody(body, {
        how: oneOf('close', 'reset'),
        lingerMs: whole(0, MAX_MS),
      })
      if (!gateway.drop(Number(key), lingerMs, how === 'reset' ? 'reset' : 'at once')) {
        throw new ControlError(404, `client ${key} is not connected`)
      }
      return { body: connectionDocuments(gateway) }
    },
  },
  {
    method: 'GET',
    path: '/messages',
    does: 'messages in and out, per client and kind',
    serve: ({ tally }) => ({ body: tally }),
  },
  {
    method: 'POST',
    path: '/notice',
    takes: '{"code", "text", "clientId"}',
    does: 'tells all clients, or one, a notice with id -1',
    serve: (gateway, body) => {
      const notice = readBody(body, {
        code: whole(0, 99_999),
        text: text(MAX_NOTICE),
        clientId: whole(0, MAX_ID),
      })
      const { clientId } = notice
      const code = needed(notice.code, 'code')
      const told = gateway.notify(code, needed(notice.text, 'text'), clientId)
      if (told === 0 && clientId !== undefined) {
        throw new ControlError(404, `client ${clientId} is not connected`)
      }
      return { body: { told } }
    },
  },
  {
    method: 'GET',
    path: '/faults',
    does: 'faults that are set, and those that can be',
    serve: ({ faults }) => ({ body: { active: faults.active, known: knownFaults } }),
  },
  {
    method: 'POST',
    path: '/faults',
    takes:
      '{"fault", "match": {"clientId", "message", "orderId"}, "count", "delayMs", "probability"}; some take "farm", "symbol", "conId", "lingerMs", "by"',
    does: 'sets a fault; GET /faults tells which there are',
    serve: ({ faults }, body) => {
      try {
        return { status: 201, body: faults.add(readFault(body)) }
      } catch (error) {
        if (!(error instanceof FaultError)) throw error
        throw new ControlError(400, error.message, { known: error.known })
      }
    },
  },
  {
    method: 'DELETE',
    path: '/faults',
    does: 'takes back all faults, and frees the client ids of the dead',
    serve: ({ faults }) => {
      faults.remove()
      return { body: { active: faults.active } }
    },
  },
  {
    method: 'DELETE',
    path: '/faults/{id}',
    does: 'takes back one fault',
    serve: ({ faults }, _body, key) => {
      if (!faults.remove(Number(key))) throw new ControlError(404, `there is no fault ${key}`)
      return { body: { active: faults.active } }
    },
  },
]
