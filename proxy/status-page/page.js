import { allowActions, showSwitches, switchClient, wireActions } from './actions.js'
import { showClients } from './clients-panel.js'
import {
  byId,
  setClass,
  setText,
  showAbout,
  showAlerts,
  showFigures,
  showLine,
  showOrders,
  showPacing,
  showRecent,
} from './panels.js'
import { follow } from './stream.js'
import { clockTime, duration } from './wording.js'

/** The last word of the proxy, and when it came here. */
let last = null
let lastAt = 0
/** When it was lost; null while it is there. */
let lostAt = null
let lostWhy = null
/** When somebody asked for the display to stand still; null while it moves. */
let heldAt = null

function show(snapshot) {
  showAlerts(snapshot)
  showFigures(snapshot)
  showSwitches(snapshot)
  showClients(snapshot, switchClient)
  showLine(snapshot)
  showOrders(snapshot)
  showPacing(snapshot)
  showRecent(snapshot)
  showAbout(snapshot)
  const mode = byId('mode')
  mode.hidden = snapshot.tradingMode === null
  setText(mode, snapshot.tradingMode ?? '')
  setClass(mode, `mode ${snapshot.tradingMode === 'live' ? 'live-money' : snapshot.tradingMode}`)
}

/** Says whether what is shown is the present; actions need that. */
function showTruth() {
  const isLost = lostAt !== null
  const phase = isLost ? 'stale' : last === null ? 'waiting' : heldAt === null ? '' : 'held'
  setClass(document.body, phase)
  setText(byId('live-text'), truth(isLost))
  byId('gone').hidden = !isLost
  if (isLost) setText(byId('gone'), lossOf())
  if (isLost) document.title = 'No answer: IBREST status'
  if (last !== null) allowActions(last, !isLost)
}

function truth(isLost) {
  if (isLost) return 'Not connected'
  if (last === null) return 'Asking the proxy…'
  return heldAt === null ? `Live ${clockTime(lastAt)}` : `Held since ${clockTime(heldAt)}, not live`
}

function lossOf() {
  const why = lostWhy === null ? '' : ` It says: ${lostWhy}`
  if (last === null) return `The proxy does not answer; trying again.${why}`
  const ago = duration(Date.now() - lastAt)
  return `No word from the proxy since ${clockTime(lastAt)}, ${ago} ago. What is shown is how things stood then, not how they are. Trying again.${why}`
}

byId('hold').addEventListener('click', () => {
  heldAt = heldAt === null ? Date.now() : null
  byId('hold').setAttribute('aria-pressed', String(heldAt !== null))
  if (heldAt === null && last !== null) show(last)
  showTruth()
})
wireActions()
// how long ago is told as it passes
setInterval(() => lostAt !== null && showTruth(), 1000)

follow('status', {
  onSnapshot(snapshot) {
    const wasLost = lostAt !== null
    last = snapshot
    lastAt = Date.now()
    lostAt = null
    lostWhy = null
    if (heldAt === null) show(snapshot)
    showTruth()
    if (wasLost) setText(byId('announcer'), 'The proxy answers again')
  },
  onLost(why) {
    if (lostAt === null) setText(byId('announcer'), 'The proxy does not answer any more')
    lostAt ??= Date.now()
    lostWhy = why ?? lostWhy
    showTruth()
  },
})
