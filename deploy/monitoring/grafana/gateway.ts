import type { LINK_STATES, SLOT_STATES } from '../../../shared/schemas/client.ts'
import { dashboard } from './dashboard.ts'
import { atInstances, atProxies, rate, stateOf } from './expressions.ts'
import { lines, type ShownState, timeline } from './panels.ts'

const LINK_COLORS: Readonly<Record<(typeof LINK_STATES)[number], string>> = {
  connecting: 'yellow',
  greeting: 'light-yellow',
  ready: 'green',
  'cut-off': 'red',
  waiting: 'orange',
}
const SLOT_COLORS: Readonly<Record<(typeof SLOT_STATES)[number], string>> = {
  down: 'red',
  idle: 'green',
  busy: 'blue',
  draining: 'light-purple',
  drained: 'purple',
}
const shown = (colors: Readonly<Record<string, string>>): ShownState[] =>
  Object.entries(colors).map(([text, color]) => ({ text, color }))

/** Whether the clients are logged in, and what the gateway says. */
export const gateway = dashboard({
  name: 'gateway',
  title: 'Gateway',
  description: 'Whether the clients are logged in, and what the gateway says',
  panels: [
    timeline({
      title: 'Link to the gateway',
      description:
        'Where each instance stands. cut-off: logged in, but IB is out of reach; waiting: it tries again soon',
      states: shown(LINK_COLORS),
      queries: {
        'client {{client_id}}': stateOf(
          atInstances,
          'ibrest_client_state',
          Object.keys(LINK_COLORS),
        ),
      },
    }),
    timeline({
      title: 'Clients as the proxy sees them',
      description: 'Only idle and busy ones are given calls',
      states: shown(SLOT_COLORS),
      queries: {
        'client {{client_id}}': stateOf(atProxies, 'ibrest_client_state', Object.keys(SLOT_COLORS)),
      },
    }),
    timeline({
      title: 'What was missed',
      description: 'Until a client has read again what happened while it could not listen',
      states: [
        { text: 'all known', color: 'green' },
        { text: 'gap', color: 'orange' },
      ],
      queries: {
        'client {{client_id}}': `max by (client_id) (${atInstances('ibrest_event_gap_open')})`,
      },
    }),
    timeline({
      title: 'Restart window',
      description: 'When the gateway is expected to restart (RESTART_WINDOW)',
      height: 4,
      states: [
        { text: 'open', color: 'green' },
        { text: 'restart expected', color: 'blue' },
      ],
      queries: { gateway: `max(${atInstances('ibrest_restart_window')})` },
    }),
    lines({
      title: 'Logins after the first',
      description: 'In the interval; many at once are a gateway that restarts',
      unit: 'none',
      min: 0,
      queries: {
        'client {{client_id}}': `sum by (client_id) (increase(${atInstances('ibrest_client_reconnects_total')}[$__rate_interval]))`,
      },
    }),
    lines({
      title: 'What the gateway says',
      description: "Codes a second, by number; other: one that IB's list does not have",
      unit: 'ops',
      min: 0,
      queries: { '{{code}}': `sum by (code) (${rate(atInstances('ibrest_ib_errors_total'))})` },
    }),
    lines({
      title: 'Unfinished queries',
      description: 'Queries that the gateway has not answered to their end',
      unit: 'none',
      min: 0,
      queries: {
        'client {{client_id}}': `max by (client_id) (${atInstances('ibrest_ib_pending')})`,
      },
    }),
    lines({
      title: 'Messages',
      description: 'A second, from (in) and to (out) the gateway',
      unit: 'ops',
      min: 0,
      queries: {
        '{{direction}}': `sum by (direction) (${rate(atInstances('ibrest_ib_messages_total'))})`,
      },
    }),
    lines({
      title: 'Answers that went wrong',
      description:
        'A second: late ones are dropped; ones that cannot be decoded are of a newer gateway',
      unit: 'ops',
      min: 0,
      queries: {
        late: `sum(${rate(atInstances('ibrest_late_answers_total'))})`,
        'not decoded': `sum(${rate(atInstances('ibrest_decode_errors_total'))})`,
      },
    }),
    lines({
      title: 'Running since',
      description:
        'How long each process has run; a line that drops again and again is a restart loop',
      unit: 's',
      min: 0,
      queries: {
        'proxy {{instance}}': `time() - ${atProxies('ibrest_process_start_time_seconds')}`,
        'instance {{instance}}': `time() - ${atInstances('ibrest_process_start_time_seconds')}`,
      },
    }),
  ],
})
