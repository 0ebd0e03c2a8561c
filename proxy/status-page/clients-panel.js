import { byId, made, setClass, setText } from './panels.js'
import { counted, duration, number } from './wording.js'

/** Work that comes and goes with each call is not worth a time; what lasts is, ms. */
const LASTING_MS = 2000

const known = new Map()

/**
 * One row for each client, and below it why it does not work. A row and its button are made once.
 * `onSwitch(clientId)`: somebody wants to drain or resume it.
 */
export function showClients({ clients, at }, onSwitch) {
  const body = byId('clients-rows')
  for (const [clientId, { row, why }] of known) {
    if (clientId < clients.length) continue
    row.remove()
    why.remove()
    known.delete(clientId)
  }
  for (const client of clients) {
    let view = known.get(client.clientId)
    if (view === undefined) {
      view = makeRow(client.clientId, onSwitch)
      known.set(client.clientId, view)
      body.append(view.row, view.why)
    }
    showClient(view, client, Date.parse(at))
  }
}

/** Whether its operator has taken a client out of use. */
export function isDrained({ state, reason }) {
  return state === 'draining' || state === 'drained' || reason === 'drained by an operator'
}

function makeRow(clientId, onSwitch) {
  const row = made('tr')
  const head = made('th', '', String(clientId))
  head.scope = 'row'
  const state = made('td')
  state.append(made('span', 'state'), made('span', 'for'))
  const doing = made('td')
  doing.append(made('span', 'route'), made('span', 'code'))
  const action = made('td')
  const button = made('button', 'small')
  button.type = 'button'
  button.dataset.client = String(clientId)
  button.addEventListener('click', () => onSwitch(clientId))
  action.append(button)
  row.append(head, state, doing, made('td', 'number wide'), action)
  const why = made('tr', 'why')
  const cell = made('td')
  cell.colSpan = 4
  cell.append(made('strong'), made('span'))
  // one of the five columns is not there on a phone
  why.append(cell, made('td', 'wide'))
  return { row, why, button }
}

function showClient({ row, why, button }, client, now) {
  const [, state, doing, calls] = row.children
  const [badge, lasts] = state.children
  const since = client.since === null ? 0 : now - Date.parse(client.since)
  setText(badge, client.state)
  setClass(badge, `state ${client.state}`)
  setText(lasts, client.state !== 'idle' && since >= LASTING_MS ? `for ${duration(since)}` : '')
  setText(doing.children[0], doingOf(client))
  setClass(doing.children[0], client.running.length > 0 ? 'route' : 'nothing')
  setText(doing.children[1], detailOf(client, now))
  setText(calls, number(client.calls))
  const verb = isDrained(client) ? 'Resume' : 'Drain'
  setText(button, `${verb}…`)
  const label = `${verb} client ${client.clientId}`
  if (button.getAttribute('aria-label') !== label) button.setAttribute('aria-label', label)
  const [reason, hint] = why.firstElementChild.children
  why.hidden = client.reason === null
  setText(reason, client.reason ?? '')
  setClass(reason, client.state === 'down' ? 'bad' : '')
  setText(hint, client.hint === null ? '' : ` ${client.hint}`)
}

function doingOf({ running, connected }) {
  const [first] = running
  if (first === undefined) return connected ? 'nothing' : '–'
  return `${first.method} ${first.route}`
}

function detailOf({ running, slots, beside, said }, now) {
  const parts = []
  const [first] = running
  if (first !== undefined) parts.push(`for ${duration(Math.max(0, now - Date.parse(first.since)))}`)
  if (slots > 1) parts.push(`${running.length} of ${slots} slots at work`)
  if (beside > 0) parts.push(`${counted(beside, 'call')} beside the slots`)
  if (said?.reconnects > 0) parts.push(`logged in again ${counted(said.reconnects, 'time')}`)
  return parts.join(' · ')
}
