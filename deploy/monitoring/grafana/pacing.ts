import { dashboard } from './dashboard.ts'
import { atInstances, atProxies, quantiles, rate } from './expressions.ts'
import { bars, lines, number } from './panels.ts'

const TOKENS = 'ibrest_pacing_tokens'

/** What is left of IB's limits, and what spares them. */
export const pacing = dashboard({
  name: 'pacing',
  title: 'Feeds and pacing',
  description: "What is left of IB's limits, and what spares them",
  panels: [
    number({
      title: 'Waiting',
      description: "Calls that wait for IB's limits now",
      unit: 'none',
      width: 6,
      queries: { waiting: `sum(${atProxies('ibrest_pacing_waiting')})` },
      warnAt: 1,
    }),
    number({
      title: 'Refused',
      description: "Calls that IB's limits did not let pass in time, in the time shown",
      unit: 'none',
      width: 6,
      queries: {
        refused: `sum(increase(${atProxies('ibrest_proxy_refused_total', 'code="PROXY_PACED"')}[$__range]))`,
      },
      warnAt: 0.5,
    }),
    number({
      title: 'From the cache',
      description: 'Share of the calls for history that sent IB nothing, in the time shown',
      unit: 'percentunit',
      width: 6,
      queries: {
        cached: `(sum(increase(${atProxies('ibrest_history_cache_total', 'outcome="hit"')}[$__range])) or vector(0)) / sum(increase(${atProxies('ibrest_history_cache_total')}[$__range]))`,
      },
      good: 'blue',
    }),
    number({
      title: 'From the mirror',
      description: 'Share of the answers about positions and executions that sent IB nothing',
      unit: 'percentunit',
      width: 6,
      queries: {
        mirrored: `sum(increase(${atInstances('ibrest_mirror_answers_total', 'source="mirror"')}[$__range])) / sum(increase(${atInstances('ibrest_mirror_answers_total')}[$__range]))`,
      },
      good: 'blue',
    }),
    bars({
      title: "Left of IB's limits",
      description:
        'Share of each limit that is left now; of limits for each contract or question, of the one that has least left',
      unit: 'percentunit',
      min: 0,
      max: 1,
      queries: {
        '{{bucket}}': `min by (bucket) (${atProxies(TOKENS)} / ${atProxies('ibrest_pacing_quota')})`,
      },
    }),
    lines({
      title: 'Small bars left',
      description:
        'Requests for bars of 30 s or less that IB still allows within ten minutes, of all proxies together',
      unit: 'none',
      min: 0,
      queries: {
        left: `sum(${atProxies(TOKENS, 'bucket="ib-history"')})`,
        quota: `sum(${atProxies('ibrest_pacing_quota', 'bucket="ib-history"')})`,
      },
    }),
    lines({
      title: 'Waiting by limit',
      description: 'Calls that each limit holds up',
      unit: 'none',
      isStacked: true,
      min: 0,
      queries: { '{{bucket}}': `sum by (bucket) (${atProxies('ibrest_pacing_waiting')})` },
    }),
    lines({
      title: "Wait for IB's limits",
      description: 'Of the calls that a limit counts, before they stood in line',
      unit: 's',
      min: 0,
      queries: quantiles(atProxies, 'ibrest_pacing_wait_seconds'),
    }),
    lines({
      title: 'History',
      description:
        'Calls a second: from the cache (hit), sent (miss), sent as the caller wanted (bypass)',
      unit: 'reqps',
      isStacked: true,
      min: 0,
      queries: {
        '{{outcome}}': `sum by (outcome) (${rate(atProxies('ibrest_history_cache_total'))})`,
      },
    }),
    lines({
      title: 'Mirrored answers',
      description: 'Answers a second about what is mirrored, by who gave them',
      unit: 'reqps',
      min: 0,
      queries: {
        '{{what}} from the {{source}}': `sum by (what, source) (${rate(atInstances('ibrest_mirror_answers_total'))})`,
      },
    }),
    lines({
      title: 'Drift of the mirror',
      description: 'Rows that were not what IB said, with no push to tell why. Must stay 0',
      unit: 'none',
      min: 0,
      queries: {
        '{{what}}': `sum by (what) (increase(${atInstances('ibrest_mirror_drift_total')}[$__rate_interval]))`,
      },
    }),
    lines({
      title: 'Messages to the gateway',
      description: 'A second, for each client. IB allows 50, and the instances send 40 at most',
      unit: 'ops',
      min: 0,
      queries: {
        'client {{client_id}}': `sum by (client_id) (${rate(atInstances('ibrest_ib_messages_total', 'direction="out"'))})`,
      },
    }),
  ],
})
