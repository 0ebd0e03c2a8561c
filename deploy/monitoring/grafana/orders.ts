import { dashboard } from './dashboard.ts'
import { atInstances, atProxies, increases, quantiles, rate } from './expressions.ts'
import { heatmap, lines, number, timeline } from './panels.ts'

const ACKNOWLEDGED = 'ibrest_order_ack_seconds'
const outcomes = (action: string) =>
  `sum by (outcome) (${rate(atInstances('ibrest_orders_total', `action="${action}"`))})`

/** What becomes of orders. */
export const orders = dashboard({
  name: 'orders',
  title: 'Orders',
  description: 'What becomes of orders',
  panels: [
    number({
      title: 'Outcome unknown',
      description: 'Keys of orders of which nobody knows what became. Must return to 0',
      unit: 'none',
      width: 6,
      queries: { unknown: `sum(${atInstances('ibrest_orders_outcome_unknown')})` },
      badAt: 1,
    }),
    number({
      title: 'Lost under way',
      description:
        'Orders, changes and cancels under which the gateway was lost, in the time shown',
      unit: 'none',
      width: 6,
      queries: {
        lost: `sum(increase(${atInstances('ibrest_orders_total', 'outcome="lost"')}[$__range]))`,
      },
      badAt: 0.5,
    }),
    number({
      title: 'Overlaps',
      description: 'Leased calls begun beside more than the slots allow. Must stay 0',
      unit: 'none',
      width: 6,
      queries: { overlaps: `sum(${atInstances('ibrest_leased_overlaps_total')})` },
      badAt: 1,
    }),
    number({
      title: 'Open plans',
      description: 'Orders that something is still to follow: an OCA group, or further slices',
      unit: 'none',
      width: 6,
      queries: { plans: `sum(${atInstances('ibrest_plans_open')})` },
      good: 'blue',
    }),
    lines({
      title: 'Placed',
      description: 'Orders placed a second, by outcome. open: not acknowledged before the deadline',
      unit: 'ops',
      min: 0,
      queries: { '{{outcome}}': outcomes('place') },
    }),
    lines({
      title: 'Changed',
      description: 'Changes a second, by outcome',
      unit: 'ops',
      min: 0,
      queries: { '{{outcome}}': outcomes('modify') },
    }),
    lines({
      title: 'Cancelled',
      description: 'Cancels a second, by outcome',
      unit: 'ops',
      min: 0,
      queries: { '{{outcome}}': outcomes('cancel') },
    }),
    lines({
      title: 'Kept from being sent',
      description: 'Orders and changes a second that a guard refused; by the proxy or an instance',
      unit: 'ops',
      min: 0,
      queries: {
        '{{guard}}': `sum by (guard) (${rate(atInstances('ibrest_orders_refused_total'))})`,
        'at the proxy': `sum(${rate(atProxies('ibrest_proxy_refused_total', 'code=~"PROXY_ORDER.*"'))})`,
      },
    }),
    heatmap({
      title: 'Acknowledgements by time',
      description: 'How many orders were acknowledged or refused after how long',
      unit: 's',
      expr: increases(atInstances, ACKNOWLEDGED),
    }),
    lines({
      title: 'Time to the acknowledgement',
      description: 'From sending orders to their acknowledgement or refusal',
      unit: 's',
      height: 9,
      min: 0,
      queries: quantiles(atInstances, ACKNOWLEDGED),
    }),
    lines({
      title: 'Repeated calls',
      description: 'Calls a second answered with the outcome of an earlier one under their key',
      unit: 'reqps',
      min: 0,
      queries: {
        'client {{client_id}}': `sum by (client_id) (${rate(atInstances('ibrest_idempotent_replays_total'))})`,
      },
    }),
    lines({
      title: 'Order events',
      description: 'Events written to the ledgers since the beginning of the time shown',
      unit: 'none',
      min: 0,
      queries: {
        'client {{client_id}}': `max by (client_id) (delta(${atInstances('ibrest_event_log_last_sequence')}[$__range]))`,
      },
    }),
    lines({
      title: 'Readers of events',
      description: 'Open streams of order events, by kind',
      unit: 'none',
      min: 0,
      queries: { '{{face}}': `sum by (face) (${atProxies('ibrest_event_readers')})` },
    }),
    lines({
      title: 'Ledgers that cannot be written',
      description:
        'Failed writes a second. A client takes no new orders while it cannot write them down',
      unit: 'ops',
      min: 0,
      queries: {
        'client {{client_id}}': `sum by (client_id) (${rate(atInstances('ibrest_ledger_failures_total'))})`,
      },
    }),
    timeline({
      title: 'Kill switch',
      description: 'Whether each client takes new orders and changes',
      states: [
        { text: 'taken', color: 'green' },
        { text: 'paused', color: 'red' },
      ],
      queries: {
        'client {{client_id}}': `max by (client_id) (${atInstances('ibrest_orders_paused')})`,
      },
    }),
  ],
})
