import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { callDuration, LATENCY_BUCKETS, type ObserveCall } from '../shared/metrics.ts'
import { LINK_STATES } from '../shared/schemas/client.ts'
import type { Admission } from './admission.ts'
import { GUARDS, type Guard } from './guards.ts'
import type { CancelOutcome } from './ib/cancels.ts'
import type { ChangeOutcome } from './ib/changes.ts'
import { KNOWN_CODES } from './ib/codes.ts'
import type { Gaps } from './ib/gaps.ts'
import type { Link } from './ib/link.ts'
import { MIRRORED, type Mirrored, SOURCES, type Source } from './ib/mirror.ts'
import type { PlacingOutcome } from './ib/orders.ts'
import type { Outcome } from './ib/query.ts'
import type { KillSwitch } from './kill-switch.ts'
import type { Ledger } from './ledger/ledger.ts'
import type { RestartWindows } from './restart-window.ts'

/** How each of what is done to orders can end; counted from 0, so that the first one shows as an increase. */
const ORDER_OUTCOMES: {
  readonly place: readonly PlacingOutcome[]
  readonly modify: readonly ChangeOutcome[]
  readonly cancel: readonly CancelOutcome[]
} = {
  place: ['acknowledged', 'open', 'refused', 'lost', 'unsent'],
  modify: ['changed', 'open', 'refused', 'over', 'lost', 'unsent'],
  cancel: ['cancelled', 'open', 'refused', 'lost'],
}

/** What the instance counts; what can be read from its parts is read when asked for. */
export interface InstanceMetrics {
  readonly answered: ObserveCall
  /** a query ended, seconds after it was asked */
  readonly queried: (op: string, outcome: Outcome, seconds: number) => void
  readonly gatewaySaid: (code: number) => void
  readonly lateAnswer: () => void
  readonly undecodable: () => void
  readonly message: (direction: 'in' | 'out') => void
  readonly placed: (outcome: PlacingOutcome, seconds: number) => void
  readonly cancelled: (outcome: CancelOutcome) => void
  readonly changed: (outcome: ChangeOutcome) => void
  /** orders or a change were kept from being sent */
  readonly refused: (guard: Guard) => void
  /** so much the mirror had was not what IB said when asked, and no push told why */
  readonly drifted: (what: Mirrored, count: number) => void
  readonly mirrored: (what: Mirrored, source: Source) => void
  readonly ledgerFailed: () => void
  /** a call was answered with the outcome of an earlier one under its key */
  readonly replayed: () => void
  /** a call that would trade was only analyzed */
  readonly analyzed: (operation: string) => void
  /** reads these from now on */
  readonly watch: (parts: Watched) => void
}

/** What is read when somebody asks for the metrics. */
export interface Watched {
  readonly link: Link
  readonly admission: Admission
  readonly ledger: Ledger
  readonly killSwitch: KillSwitch
  readonly gaps: Gaps
  readonly restartWindows: RestartWindows
}

/** Registers the instance's metrics (D.7). Every one carries `client_id`, and none a symbol, an order or an account. */
export function createMetrics(registry: Registry, clientId: number): InstanceMetrics {
  const registers = [registry]
  const client = { client_id: String(clientId) }
  const counter = <Label extends string>(name: string, help: string, ...labels: Label[]) =>
    new Counter({ name, help, labelNames: ['client_id', ...labels], registers })
  const queries = new Histogram({
    name: 'ibrest_ib_request_duration_seconds',
    help: 'Time from asking the gateway to the end of its answer, by request and outcome',
    labelNames: ['client_id', 'op', 'outcome'],
    buckets: [...LATENCY_BUCKETS],
    registers,
  })
  const acknowledgements = new Histogram({
    name: 'ibrest_order_ack_seconds',
    help: 'Time from sending orders to their acknowledgement or refusal',
    labelNames: ['client_id'],
    buckets: [...LATENCY_BUCKETS],
    registers,
  })
  const errors = counter('ibrest_ib_errors_total', 'Codes the gateway sent', 'code')
  const late = counter(
    'ibrest_late_answers_total',
    'Answers that came after nobody waited for them',
  )
  const undecodable = counter('ibrest_decode_errors_total', 'Messages that could not be decoded')
  const messages = counter(
    'ibrest_ib_messages_total',
    'Messages from and to the gateway',
    'direction',
  )
  const orders = counter(
    'ibrest_orders_total',
    'Orders placed, modified and cancelled',
    'action',
    'outcome',
  )
  const drift = counter(
    'ibrest_mirror_drift_total',
    'Rows of the mirror that were not what IB said when asked, with no push to tell why',
    'what',
  )
  const mirrored = counter(
    'ibrest_mirror_answers_total',
    'Answers about what is mirrored: from the mirror, or by asking the gateway',
    'what',
    'source',
  )
  const failures = counter('ibrest_ledger_failures_total', 'Writes to the ledger that failed')
  const replays = counter(
    'ibrest_idempotent_replays_total',
    'Calls answered with the outcome of an earlier one under their key',
  )
  const analyzed = counter(
    'ibrest_analyzed_total',
    'Calls that would trade and were only analyzed: nothing was sent for them',
    'operation',
  )
  const refusals = counter(
    'ibrest_orders_refused_total',
    'Orders and changes that were kept from being sent, by what stood before them',
    'guard',
  )
  const incoming = messages.labels({ ...client, direction: 'in' })
  const outgoing = messages.labels({ ...client, direction: 'out' })
  // present from the start, so that a rate can be told from the first one on
  for (const each of [late, undecodable, failures, replays]) each.inc(client, 0)
  acknowledgements.zero(client)
  for (const [action, outcomes] of Object.entries(ORDER_OUTCOMES))
    for (const outcome of outcomes) orders.inc({ ...client, action, outcome }, 0)
  for (const guard of GUARDS) refusals.inc({ ...client, guard }, 0)
  for (const what of MIRRORED) {
    drift.inc({ ...client, what }, 0)
    for (const source of SOURCES) mirrored.inc({ ...client, what, source }, 0)
  }
  return {
    answered: callDuration(registry),
    queried: (op, outcome, seconds) => queries.observe({ ...client, op, outcome }, seconds),
    gatewaySaid: (code) =>
      errors.inc({ ...client, code: KNOWN_CODES.has(code) ? String(code) : 'other' }),
    lateAnswer: () => late.inc(client),
    undecodable: () => undecodable.inc(client),
    message: (direction) => (direction === 'in' ? incoming : outgoing).inc(),
    placed: (outcome, seconds) => {
      orders.inc({ ...client, action: 'place', outcome })
      if (outcome === 'acknowledged' || outcome === 'refused')
        acknowledgements.observe(client, seconds)
    },
    cancelled: (outcome) => orders.inc({ ...client, action: 'cancel', outcome }),
    changed: (outcome) => orders.inc({ ...client, action: 'modify', outcome }),
    refused: (guard) => refusals.inc({ ...client, guard }),
    drifted: (what, count) => drift.inc({ ...client, what }, count),
    mirrored: (what, source) => mirrored.inc({ ...client, what, source }),
    ledgerFailed: () => failures.inc(client),
    replayed: () => replays.inc(client),
    analyzed: (operation) => analyzed.inc({ ...client, operation }),
    watch: (parts) => watchParts(registry, client, parts),
  }
}

function watchParts(
  registry: Registry,
  client: { readonly client_id: string },
  { link, admission, ledger, killSwitch, gaps, restartWindows }: Watched,
): void {
  const registers = [registry]
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['client_id'],
      registers,
      collect() {
        this.set(client, read())
      },
    })
  const total = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      labelNames: ['client_id'],
      registers,
      collect() {
        this.reset()
        this.inc(client, read())
      },
    })
  new Gauge({
    name: 'ibrest_client_state',
    help: '1 for the state the link to the gateway is in, 0 for the others',
    labelNames: ['client_id', 'state'],
    registers,
    collect() {
      for (const state of LINK_STATES) this.set({ ...client, state }, link.state === state ? 1 : 0)
    },
  })
  gauge('ibrest_client_inflight', 'Leased calls being worked on', () => admission.inflight)
  gauge('ibrest_orders_paused', '1 while the kill switch is thrown', () =>
    Number(killSwitch.state.paused),
  )
  gauge('ibrest_restart_window', '1 while the gateway is expected to restart', () =>
    Number(restartWindows.until !== undefined),
  )
  gauge('ibrest_event_gap_open', '1 until what was missed of the gateway has been read again', () =>
    Number(gaps.isOpen),
  )
  gauge(
    'ibrest_orders_outcome_unknown',
    'Keys whose outcome nobody knows yet',
    () => ledger.keys.unknown,
  )
  gauge(
    'ibrest_event_log_last_sequence',
    'Number of the last event in the ledger',
    () => ledger.events.extent.last,
  )
  gauge(
    'ibrest_plans_open',
    'Orders that something is still to follow: an OCA group, or further slices',
    () => ledger.plans.openCount,
  )
  gauge('ibrest_ib_pending', 'Queries the gateway has not finished', () => link.pending)
  total('ibrest_client_reconnects_total', 'Logins after the first', () => link.reconnects)
  total(
    'ibrest_leased_overlaps_total',
    'Leased calls begun beside more than the slots allow; must stay 0',
    () => admission.overlaps,
  )
  total(
    'ibrest_leased_refused_total',
    'Leased calls turned away because the slots were taken',
    () => admission.refused,
  )
}
