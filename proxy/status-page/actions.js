import { isDrained } from './clients-panel.js'
import { byId, made, setText } from './panels.js'
import { counted, moment } from './wording.js'

/** How long a pause is waited for before it is told what still runs, s. */
const PAUSE_WAIT_S = 1
/** An answer that does not come is given up, ms. */
const ANSWER_MS = 15_000

/** What a button would do now: the words to confirm, the call to make, the words afterwards. */
const actions = {
  drain: ({ clients, usable }, clientId) => {
    const client = clients[clientId]
    const [running] = client.running
    const others = usable - (client.connected ? 1 : 0)
    return {
      title: `Drain client ${clientId}?`,
      will: [
        `Client ${clientId} gets no new calls from this proxy until it is resumed, or this proxy restarts.`,
        running === undefined
          ? 'It works on nothing now.'
          : `What it works on finishes: ${running.method} ${running.route}.`,
        'Its orders can still be read, changed and cancelled.',
        others > 0
          ? `${counted(others, 'other client')} ${others === 1 ? 'takes' : 'take'} the calls.`
          : 'No other client is usable: every new call will be refused with 503.',
      ],
      yes: `Drain client ${clientId}`,
      path: `clients/${clientId}/drain`,
      done: ({ active }) =>
        active > 0
          ? `Client ${clientId} is being drained; ${counted(active, 'call')} there still runs.`
          : `Client ${clientId} is drained.`,
    }
  },
  resume: ({ clients }, clientId) => ({
    title: `Resume client ${clientId}?`,
    will: [
      clients[clientId].connected
        ? `Client ${clientId} takes calls again at once.`
        : `Client ${clientId} takes calls again as soon as it is connected.`,
    ],
    yes: `Resume client ${clientId}`,
    path: `clients/${clientId}/resume`,
    done: ({ state }) => `Client ${clientId} is resumed; it is ${state}.`,
  }),
  pausePool: ({ busy, queue }) => ({
    title: 'Pause all calls?',
    will: [
      'New calls wait at this proxy until it is resumed, each for as long as its own deadline; then it is refused.',
      busy > 0 ? `Running calls finish: ${busy} now.` : 'No call runs now.',
      ...(queue.length > 0 ? [`${counted(queue.length, 'call')} in line will wait on.`] : []),
      'Cancels and calls about existing orders pass.',
      'Other proxies go on. A restart of this proxy ends the pause.',
    ],
    yes: 'Pause all calls',
    path: 'clients/pause',
    headers: { prefer: `wait=${PAUSE_WAIT_S}` },
    done: (_, status) =>
      status === 202
        ? 'Calls are paused; some still run.'
        : 'Calls are paused; none runs any more.',
  }),
  resumePool: ({ queue, held }) => ({
    title: 'Resume all calls?',
    will: [`Calls are served again: ${queue.length + held} that wait now, in their order.`],
    yes: 'Resume all calls',
    path: 'clients/resume',
    done: () => 'Calls are served again.',
  }),
  pauseOrders: ({ tradingMode }) => ({
    title: 'Pause orders?',
    will: [
      `Nothing that opens or changes an order is taken at any client, through any proxy${tradingMode === null ? '' : ` (${tradingMode} trading)`}.`,
      'Cancels, reads and previews pass. Orders that IB has already live on: they can still be filled.',
      'It holds across restarts until orders are resumed.',
    ],
    yes: 'Pause orders',
    path: 'clients/pause-orders',
    asksReason: true,
    done: ({ clients }) =>
      clients.untold.length === 0
        ? 'Orders are paused at every client.'
        : `Orders are paused. Not told as yet: client ${clients.untold.join(', ')}; each is told when it is back, before it is used.`,
  }),
  resumeOrders: ({ orders, tradingMode }) => ({
    title: 'Resume orders?',
    will: [
      `Paused since ${moment(orders.at)}${orders.reason === null ? '' : `: ${orders.reason}`}.`,
      `Orders are taken again at every client, through every proxy${tradingMode === null ? '' : ` (${tradingMode} trading)`}.`,
      'Orders that were to follow others and waited go out now.',
    ],
    yes: 'Resume orders',
    path: 'clients/resume-orders',
    done: ({ clients }) =>
      clients.untold.length === 0
        ? 'Orders are taken again at every client.'
        : `Orders are taken again. Not told as yet: client ${clients.untold.join(', ')}.`,
  }),
}

let latest = null
let isLive = false
let wanted = null

/** What stands now, and whether that is known. */
export function allowActions(snapshot, live) {
  latest = snapshot
  isLive = live
  const disabled = String(!live)
  for (const button of document.querySelectorAll('main button'))
    if (button.getAttribute('aria-disabled') !== disabled)
      button.setAttribute('aria-disabled', disabled)
  if (!live && byId('confirm').open)
    setText(byId('confirm-problem'), 'The proxy does not answer; this may not reach it.')
}

/** The two switches for all clients, as they stand. */
export function showSwitches({ orders, paused }) {
  const since = (at) => `since ${moment(at)}`
  setText(
    byId('orders-state'),
    orders.paused
      ? `paused ${since(orders.at)}${orders.reason === null ? '' : `: ${orders.reason}`}`
      : 'are taken',
  )
  setText(byId('orders-switch'), orders.paused ? 'Resume orders…' : 'Pause orders…')
  setText(byId('pool-state'), paused === null ? 'are served' : `paused ${since(paused.since)}`)
  setText(byId('pool-switch'), paused === null ? 'Pause all calls…' : 'Resume all calls…')
}

/** Drains or resumes a client, once that is confirmed. */
export function switchClient(clientId) {
  if (!isLive) return
  ask(actions[isDrained(latest.clients[clientId]) ? 'resume' : 'drain'](latest, clientId))
}

/** Makes the buttons work. */
export function wireActions() {
  byId('orders-switch').addEventListener('click', () => {
    if (isLive) ask(actions[latest.orders.paused ? 'resumeOrders' : 'pauseOrders'](latest))
  })
  byId('pool-switch').addEventListener('click', () => {
    if (isLive) ask(actions[latest.paused === null ? 'pausePool' : 'resumePool'](latest))
  })
  byId('confirm-no').addEventListener('click', () => byId('confirm').close())
  byId('confirm-form').addEventListener('submit', (event) => {
    event.preventDefault()
    void carryOut()
  })
}

function ask(action) {
  wanted = action
  setText(byId('confirm-title'), action.title)
  const list = made('ul')
  for (const words of action.will) list.append(made('li', '', words))
  byId('confirm-text').replaceChildren(list)
  byId('confirm-reason').hidden = action.asksReason !== true
  byId('reason').value = ''
  setText(byId('confirm-problem'), '')
  setText(byId('confirm-yes'), action.yes)
  byId('confirm').showModal()
  byId(action.asksReason ? 'reason' : 'confirm-no').focus()
}

async function carryOut() {
  const action = wanted
  if (action === null) return
  wanted = null
  const reason = action.asksReason ? byId('reason').value.trim() : ''
  try {
    const answer = await fetch(action.path, {
      method: 'POST',
      headers: {
        ...action.headers,
        ...(reason !== '' && { 'content-type': 'application/json' }),
      },
      ...(reason !== '' && { body: JSON.stringify({ reason }) }),
      signal: AbortSignal.timeout(ANSWER_MS),
    })
    const told = await answer.json()
    if (answer.ok) {
      tell(action.done(told, answer.status))
      byId('confirm').close()
      return
    }
    setText(byId('confirm-problem'), `Not done: ${told.detail ?? told.title ?? answer.status}`)
  } catch (error) {
    setText(
      byId('confirm-problem'),
      `Nobody knows whether it was done: ${error.message}. Look at the state before you try again.`,
    )
  }
  wanted = action
}

function tell(words) {
  const outcome = byId('outcome')
  setText(outcome, words)
  outcome.hidden = false
  setText(byId('announcer'), words)
}
