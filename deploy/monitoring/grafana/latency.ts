import { dashboard } from './dashboard.ts'
import {
  atInstances,
  atProxies,
  CALLS,
  increases,
  mean,
  quantile,
  quantiles,
  rate,
} from './expressions.ts'
import { heatmap, lines } from './panels.ts'

const DURATION = 'ibrest_http_request_duration_seconds'
const WAIT = 'ibrest_proxy_queue_wait_seconds'
const PACED = 'ibrest_pacing_wait_seconds'
const ASKED = 'ibrest_ib_request_duration_seconds'

const stages = (of: (seen: typeof atProxies, histogram: string, labels?: string) => string) => ({
  "waiting for IB's limits": of(atProxies, PACED),
  'waiting in line': of(atProxies, WAIT),
  'at the instance': of(atInstances, DURATION, CALLS),
  'at the gateway': of(atInstances, ASKED),
  whole: of(atProxies, DURATION, CALLS),
})

/** Where the time of a call goes. */
export const latency = dashboard({
  name: 'latency',
  title: 'Latency',
  description: 'Where the time of a call goes',
  panels: [
    heatmap({
      title: 'Calls by time',
      description: 'How many calls took how long, whole',
      unit: 's',
      expr: increases(atProxies, DURATION, CALLS),
    }),
    heatmap({
      title: 'Waits by time',
      description: 'How many leased calls waited how long for a slot',
      unit: 's',
      expr: increases(atProxies, WAIT),
    }),
    lines({
      title: 'p95 by stage',
      description: 'The gateway is part of the instance, and each stage of the whole',
      unit: 's',
      min: 0,
      queries: stages((seen, histogram, labels = '') =>
        quantile(0.95, seen, histogram, { labels }),
      ),
    }),
    lines({
      title: 'Mean by stage',
      description: 'Mean time in each stage, of the calls that go through it',
      unit: 's',
      min: 0,
      queries: stages(mean),
    }),
    lines({
      title: 'p99 by route',
      description: 'The ten slowest routes',
      unit: 's',
      min: 0,
      queries: {
        '{{method}} {{route}}': `topk(10, ${quantile(0.99, atProxies, DURATION, { labels: CALLS, by: 'method, route' })})`,
      },
    }),
    lines({
      title: 'p95 at the gateway by request',
      description: 'From asking the gateway to the end of its answer',
      unit: 's',
      min: 0,
      queries: { '{{op}}': quantile(0.95, atInstances, ASKED, { by: 'op' }) },
    }),
    lines({
      title: 'p95 at the gateway by client',
      description: 'One client that is slower than the others has a session in trouble',
      unit: 's',
      min: 0,
      queries: { 'client {{client_id}}': quantile(0.95, atInstances, ASKED, { by: 'client_id' }) },
    }),
    lines({
      title: 'Wait in line',
      description: 'From the arrival of a leased call to its slot',
      unit: 's',
      min: 0,
      queries: quantiles(atProxies, WAIT),
    }),
    lines({
      title: 'Spared and repeated work',
      description:
        'Calls a second served by the answer to the same question of another; turned away by an instance that works for another proxy',
      unit: 'reqps',
      min: 0,
      queries: {
        joined: `sum(${rate(atProxies('ibrest_proxy_joined_total'))})`,
        'turned away': `sum(${rate(atInstances('ibrest_leased_refused_total'))})`,
      },
    }),
    lines({
      title: 'Requests to the gateway by outcome',
      description: 'Timeouts and losses are answers somebody waited for in vain',
      unit: 'reqps',
      min: 0,
      queries: { '{{outcome}}': `sum by (outcome) (${rate(atInstances(`${ASKED}_count`))})` },
    }),
  ],
})
