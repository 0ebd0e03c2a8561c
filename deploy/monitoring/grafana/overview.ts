import { dashboard } from './dashboard.ts'
import { atInstances, atProxies, CALLS, quantile, quantiles, rate } from './expressions.ts'
import { lines, number } from './panels.ts'

const DURATION = 'ibrest_http_request_duration_seconds'
const usable = `max(sum by (instance) (${atProxies('ibrest_proxy_slots', 'state=~"idle|busy"')}))`
const counted = (labels: string) => `sum(${rate(atProxies(`${DURATION}_count`, labels))})`

/** How the whole stands, at a glance. */
export const overview = dashboard({
  name: 'overview',
  title: 'Overview',
  description: 'How the whole stands, at a glance',
  panels: [
    number({
      title: 'Alerts firing',
      description: 'Alerts of IBREST that fire now',
      unit: 'none',
      queries: {
        alerts: 'count(ALERTS{alertname=~"Ibrest.*", alertstate="firing"}) or vector(0)',
      },
      badAt: 1,
    }),
    number({
      title: 'Usable slots',
      description: 'Places for a call at clients that are connected and not drained',
      unit: 'none',
      queries: { usable },
      good: 'blue',
    }),
    number({
      title: 'Clients down',
      description: 'Clients that no call can be given to, as a proxy sees them',
      unit: 'none',
      queries: {
        down: `max(sum by (instance) (${atProxies('ibrest_client_state', 'state="down"')}))`,
      },
      warnAt: 1,
      badAt: 4,
    }),
    number({
      title: 'Calls',
      description: 'Calls answered a second, without probes and readers of events',
      unit: 'reqps',
      queries: { calls: counted(CALLS) },
      good: 'blue',
    }),
    number({
      title: 'Failing',
      description: 'Share of calls answered with a 5xx',
      unit: 'percentunit',
      queries: {
        failing: `(${counted(`${CALLS}, code=~"5.."`)} or vector(0)) / ${counted(CALLS)}`,
      },
      warnAt: 0.01,
      badAt: 0.05,
    }),
    number({
      title: 'p95',
      description: 'One call in twenty takes so long or longer',
      unit: 's',
      queries: { p95: quantile(0.95, atProxies, DURATION, { labels: CALLS }) },
      warnAt: 2,
      badAt: 5,
    }),
    number({
      title: 'Outcome unknown',
      description: 'Keys of orders of which nobody knows what became',
      unit: 'none',
      queries: { unknown: `sum(${atInstances('ibrest_orders_outcome_unknown')})` },
      badAt: 1,
    }),
    number({
      title: 'Kill switch',
      description: 'Clients whose orders are paused',
      unit: 'none',
      queries: { paused: `sum(${atInstances('ibrest_orders_paused')})` },
      warnAt: 1,
    }),
    lines({
      title: 'Calls by status',
      description: 'Calls answered a second, by HTTP status',
      unit: 'reqps',
      isStacked: true,
      min: 0,
      queries: { '{{code}}': `sum by (code) (${rate(atProxies(`${DURATION}_count`, CALLS))})` },
    }),
    lines({
      title: 'Time of calls',
      description: 'From the arrival of a call to the end of its answer',
      unit: 's',
      min: 0,
      queries: quantiles(atProxies, DURATION, CALLS),
    }),
    lines({
      title: 'Slots',
      description: 'Slots by state, as the proxy with most of them in it sees them',
      unit: 'none',
      isStacked: true,
      min: 0,
      queries: { '{{state}}': `max by (state) (${atProxies('ibrest_proxy_slots')})` },
    }),
    lines({
      title: 'Utilisation',
      description: 'Share of the usable slots that work on a call. Near 1: callers wait',
      unit: 'percentunit',
      min: 0,
      max: 1,
      queries: {
        utilisation: `max(sum by (instance) (avg_over_time(${atProxies('ibrest_client_busy')}[$__rate_interval]))) / ${usable}`,
      },
    }),
    lines({
      title: 'In line',
      description: 'Callers waiting for a slot, by class',
      unit: 'none',
      isStacked: true,
      min: 0,
      queries: { '{{class}}': `sum by (class) (${atProxies('ibrest_proxy_queue_length')})` },
    }),
    lines({
      title: 'Refused',
      description: 'Calls refused a second before any instance worked on them, by code',
      unit: 'reqps',
      isStacked: true,
      min: 0,
      queries: {
        '{{code}}': `sum by (code) (${rate(atProxies('ibrest_proxy_refused_total'))})`,
      },
    }),
    lines({
      title: 'Memory',
      description: 'Resident memory of each process',
      unit: 'bytes',
      min: 0,
      queries: {
        'proxy {{instance}}': atProxies('ibrest_process_resident_memory_bytes'),
        'instance {{instance}}': atInstances('ibrest_process_resident_memory_bytes'),
      },
    }),
    lines({
      title: 'Event loop lag',
      description: 'p99 of the time by which each process was late with its work',
      unit: 's',
      min: 0,
      queries: {
        'proxy {{instance}}': atProxies('ibrest_nodejs_eventloop_lag_p99_seconds'),
        'instance {{instance}}': atInstances('ibrest_nodejs_eventloop_lag_p99_seconds'),
      },
    }),
  ],
})
