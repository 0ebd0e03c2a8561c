import { clockTime, counted, duration, millis, moment, number, rate, windowOf } from './wording.js'

const OUTCOMES = [
  ['confirmed', 'Confirmed'],
  ['unconfirmed', 'Not confirmed yet'],
  ['refused', 'Refused'],
  ['notSent', 'Nobody there, not sent'],
  ['inDoubt', 'In doubt'],
  ['callerGone', 'Caller hung up'],
]
const LEVELS = { critical: 'Critical', warning: 'Warning', notice: 'Notice' }
const SVG = 'http://www.w3.org/2000/svg'

export const byId = (id) => document.getElementById(id)

/** Touches the page only where something is different: focus and selection stay. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text
}

export function setClass(element, name) {
  if (element.className !== name) element.className = name
}

export function made(tag, className = '', text = '') {
  const element = document.createElement(tag)
  if (className !== '') element.className = className
  if (text !== '') element.textContent = text
  return element
}

/** As many rows as there are things, each made once. */
function rows(body, count, make) {
  while (body.children.length > count) body.lastElementChild.remove()
  while (body.children.length < count) body.append(make())
  return [...body.children]
}

function bar() {
  const element = made('span', 'bar')
  element.append(made('i'))
  return element
}

function setBar(element, share) {
  element.firstElementChild.style.width = `${Math.round(Math.min(1, Math.max(0, share)) * 100)}%`
}

let spoken = ''

/** The alerts; what is new among them is said aloud once. */
export function showAlerts({ alerts }) {
  const list = byId('alerts')
  const shown =
    alerts.length > 0 ? alerts : [{ level: 'none', text: 'Nothing to report', hint: null }]
  const items = rows(list, shown.length, () => {
    const item = made('li')
    item.append(made('strong'), made('span'), made('span', 'hint'))
    return item
  })
  for (const [index, { level, text, hint }] of shown.entries()) {
    const [grade, words, advice] = items[index].children
    setClass(items[index], level)
    setText(grade, level === 'none' ? '' : `${LEVELS[level]}: `)
    setText(words, text)
    setText(advice, hint ?? '')
    advice.hidden = hint === null
  }
  const names = alerts.map(({ name }) => name).join()
  if (names !== spoken) setText(byId('announcer'), alerts[0]?.text ?? 'Nothing to report any more')
  spoken = names
  document.title = alerts.some(({ level }) => level !== 'notice')
    ? `(${alerts.filter(({ level }) => level !== 'notice').length}) IBREST status`
    : 'IBREST status'
}

const figures = [
  {
    name: 'Usable clients',
    value: ({ usable, clients }) => `${usable} of ${clients.length}`,
    detail: ({ idle, busy, down }) => `slots: ${idle} idle, ${busy} busy, ${down} down`,
  },
  {
    name: 'In line',
    value: ({ queue }) => number(queue.length),
    detail: ({ queue }) =>
      queue.oldestWaitMs === null
        ? `limit ${number(queue.limit)}`
        : `limit ${number(queue.limit)}; longest ${duration(queue.oldestWaitMs)}`,
  },
  {
    name: 'Calls per second',
    value: ({ latency }) => rate(latency.perSecond),
    detail: ({ latency }) => `${number(latency.lastMinute)} in the last minute`,
    chart: ({ latency }) => latency.bySecond,
  },
  {
    name: 'Half of all calls within',
    value: ({ latency }) => duration(latency.p50Ms),
    detail: () => 'p50, last minute',
  },
  {
    name: '99 of 100 within',
    value: ({ latency }) => duration(latency.p99Ms),
    detail: () => 'p99, last minute',
  },
  {
    name: 'Clients at work',
    value: ({ utilisation }) => (utilisation === null ? '–' : `${Math.round(utilisation * 100)} %`),
    detail: ({ meanServiceMs }) =>
      `of the last 10 s; a call takes ${duration(meanServiceMs)} there`,
    share: ({ utilisation }) => utilisation ?? 0,
  },
]

function sparkline() {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('aria-hidden', 'true')
  svg.setAttribute('preserveAspectRatio', 'none')
  svg.setAttribute('viewBox', '0 0 59 10')
  const path = document.createElementNS(SVG, 'path')
  path.setAttribute('fill', 'none')
  path.setAttribute('stroke', 'currentColor')
  path.setAttribute('vector-effect', 'non-scaling-stroke')
  path.setAttribute('stroke-width', '1.5')
  svg.append(path)
  return svg
}

function draw(svg, values) {
  const top = Math.max(1, ...values)
  const points = values.map((value, second) => `${second} ${(9.5 - (9 * value) / top).toFixed(2)}`)
  svg.firstElementChild.setAttribute('d', `M${points.join('L')}`)
}

export function showFigures(snapshot) {
  const list = byId('figures')
  if (list.children.length === 0)
    for (const { name, chart, share } of figures) {
      const figure = made('div')
      const more = made('dd', 'detail')
      more.append(made('span'))
      if (chart) more.append(sparkline())
      if (share) more.append(bar())
      figure.append(made('dt', '', name), made('dd'), more)
      list.append(figure)
    }
  for (const [index, { value, detail, chart, share }] of figures.entries()) {
    const [, main, more] = list.children[index].children
    const [words, drawing] = more.children
    setText(main, value(snapshot))
    setText(words, detail(snapshot))
    if (chart) draw(drawing, chart(snapshot))
    if (share) setBar(drawing, share(snapshot))
  }
}

export function showLine({ queue, waiting, held }) {
  for (const [callClass, count] of Object.entries(waiting))
    setText(byId(`line-${callClass}`), number(count))
  const longest =
    queue.oldestWaitMs === null ? '' : `; the longest for ${duration(queue.oldestWaitMs)}`
  const beside = held > 0 ? `; ${counted(held, 'call')} beside it until the end of the pause` : ''
  setText(
    byId('line-text'),
    `${number(queue.length)} of at most ${number(queue.limit)} wait for a client${longest}${beside}.`,
  )
}

export function showOrders({ orderCalls }) {
  const { counts, since, lastInDoubt } = orderCalls
  const lines = rows(byId('orders-rows'), OUTCOMES.length, () => {
    const row = made('tr')
    const head = made('th')
    head.scope = 'row'
    row.append(head, made('td', 'number'), made('td', 'number'), made('td', 'number'))
    return row
  })
  for (const [index, [outcome, name]] of OUTCOMES.entries()) {
    const [head, ...cells] = lines[index].children
    setText(head, name)
    for (const [column, action] of ['place', 'change', 'cancel'].entries()) {
      const count = counts[action][outcome]
      setText(cells[column], number(count))
      setClass(cells[column], count > 0 && outcome === 'inDoubt' ? 'number doubt' : 'number')
    }
  }
  const doubt = lastInDoubt === null ? '' : ` Last in doubt at ${clockTime(lastInDoubt)}.`
  setText(
    byId('orders-note'),
    `Calls at this proxy since ${moment(since)}, by their answer (the day is UTC). A list of orders is one call, a repetition another.${doubt}`,
  )
}

export function showPacing({ pacing }) {
  const lines = rows(byId('pacing-rows'), pacing.length, () => {
    const row = made('tr')
    const head = made('th')
    head.scope = 'row'
    head.className = 'route'
    const left = made('td')
    left.append(made('span'), bar())
    row.append(head, left, made('td', 'number'))
    return row
  })
  for (const [index, { name, quota, remaining, windowSeconds, waiting }] of pacing.entries()) {
    const [head, left, holding] = lines[index].children
    setText(head, name)
    setText(left.children[0], `${number(remaining)} of ${number(quota)} ${windowOf(windowSeconds)}`)
    setBar(left.children[1], remaining / quota)
    setText(holding, number(waiting))
  }
}

function statusClass(status) {
  if (status === 499) return 'number status-gone'
  return status >= 400 ? `number status-${Math.floor(status / 100)}` : 'number'
}

export function showRecent({ recent }) {
  const lines = rows(byId('recent-rows'), Math.max(1, recent.length), () => {
    const row = made('tr')
    const call = made('td')
    call.append(made('span', 'route'), made('span', 'code'))
    const wide = () => made('td', 'number wide')
    row.append(made('td'), call, made('td', 'number'))
    row.append(wide(), wide(), wide(), wide(), made('td', 'number'))
    return row
  })
  const [first] = lines
  if (recent.length === 0) {
    setText(first.children[1].children[0], 'No call has ended yet')
    return
  }
  for (const [index, call] of recent.entries()) {
    const [ended, what, status, client, pacing, line, instance, total] = lines[index].children
    setText(ended, clockTime(call.at))
    setText(what.children[0], `${call.method} ${call.route}`)
    setText(what.children[1], call.code ?? '')
    setText(status, call.status === 499 ? 'gone' : String(call.status))
    setClass(status, statusClass(call.status))
    setText(client, call.clientId === null ? '–' : String(call.clientId))
    setText(pacing, millis(call.pacingMs))
    setText(line, millis(call.queueMs))
    setText(instance, millis(call.instanceMs))
    setText(total, millis(call.totalMs))
  }
}

export function showAbout({ proxy, calls, at }) {
  const running = duration(Date.parse(at) - Date.parse(proxy.since))
  setText(
    byId('about'),
    `IBREST ${proxy.version}. This proxy has run for ${running} and has seen ${counted(calls, 'call')} end. Calls, the line, limits and pauses are this proxy’s own; orders are paused for all.`,
  )
}
