import type { GatewayWord } from './events.ts'

/** Why a session ended, or never began. */
export type EndKind =
  | 'refused'
  | 'no-connection'
  | 'no-greeting'
  | 'closed'
  | 'client-id-in-use'
  | 'version'
  | 'port-changed'
  | 'silent'
  | 'mixed-up'
  | 'in-doubt'
  | 'undecodable'
  | 'foreign-ledger'
  | 'wrong-trading-mode'
  | 'stopped'

export interface EndReason {
  readonly kind: EndKind
  readonly text: string
}

/** What the operator can do about it, in plain words. */
export const hints: Readonly<Record<EndKind, string>> = {
  refused:
    'Nothing listens there. Start TWS or IB Gateway, enable its API socket, and check IBGW_HOST and IBGW_PORT.',
  'no-connection':
    'The address does not answer. Check IBGW_HOST and IBGW_PORT, and what lies between here and the gateway.',
  'no-greeting':
    'Something accepts the connection but does not log in: the gateway may be waiting for its own login or for a second factor, or for someone to accept this client in its window.',
  closed:
    'The gateway closes the connection: it may be restarting or not logged in, or it does not trust this address.',
  'client-id-in-use':
    'Another program, or a session of ours the gateway has not let go yet, uses this client id. It is tried again; no other id is taken, since orders belong to their id.',
  version: 'The gateway speaks a version of the protocol that is not understood here; update it.',
  'port-changed': 'The API port of the gateway was changed; set IBGW_PORT to the new one.',
  silent: 'The gateway hangs or the network swallows its packets; it is connected to anew.',
  'mixed-up': 'The gateway left an answer unfinished; a fresh connection clears that.',
  'in-doubt':
    'The gateway never said what became of an order; only its lists, read by a later login, can prove that it never came.',
  undecodable: 'The gateway sent something unreadable; a fresh connection clears that.',
  'foreign-ledger':
    'DATA_DIR holds what became of the orders of another login, and ids that mean other orders there. Give each login a DATA_DIR of its own.',
  'wrong-trading-mode':
    'TRADING_MODE says which accounts may be traded here, and this login has others. Check IBGW_HOST and IBGW_PORT, or whom the gateway is logged in as.',
  stopped: 'This instance is shutting down.',
}

/** What to do while the gateway runs but IB itself is out of reach (1100). */
export const CUT_OFF_HINT =
  'The gateway runs but has lost IB: its network, a nightly reset, or another login of the same user. It reconnects by itself.'

/** The end that a word of the gateway means. */
export function endOfCode({ code, text }: GatewayWord): EndReason {
  if (code === 326) return { kind: 'client-id-in-use', text: `client id in use: ${text}` }
  if (code === 1300) return { kind: 'port-changed', text }
  return { kind: 'version', text }
}
