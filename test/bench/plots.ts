/** One line of a plot: a value for each place on the horizontal axis. */
export interface Series {
  readonly name: string
  /** of the palette of the page, 0 to 2 */
  readonly colour: number
  readonly dashed?: boolean
  readonly values: readonly number[]
}

export interface LinePlot {
  readonly title: string
  readonly across: string
  /** what the values are, with their unit */
  readonly up: string
  readonly places: readonly string[]
  readonly series: readonly Series[]
  /** a vertical axis of powers of ten; otherwise it begins at 0 */
  readonly logarithmic?: boolean
  readonly digits: number
}

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [370, 240, 52, 12, 28, 44] as const
const [RIGHT_EDGE, FLOOR] = [WIDTH - RIGHT, HEIGHT - BOTTOM] as const
/** More places than this are not all named. */
const NAMED_PLACES = 8
/** More lines across a plot than this are too many. */
const MOST_STEPS = 8

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

/** Round numbers from 0 to at least the highest, four steps or so. */
function evenSteps(highest: number): number[] {
  const rough = highest / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough) ?? power
  return Array.from({ length: Math.ceil(highest / step - 1e-9) + 1 }, (_, index) => index * step)
}

/** Powers of ten that enclose the values; twice and five times them too where these are few. */
function logSteps(lowest: number, highest: number): number[] {
  const [first, last] = [Math.floor(Math.log10(lowest)), Math.ceil(Math.log10(highest))]
  const powers = Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index))
  const finer = powers.flatMap((power) => [power, 2 * power, 5 * power])
  const enclosing = finer.slice(
    Math.max(
      0,
      finer.findLastIndex((step) => step <= lowest),
    ),
    finer.findIndex((step) => step >= highest) + 1,
  )
  return enclosing.length > MOST_STEPS ? powers : enclosing
}

const shown = (value: number) => String(Number(value.toPrecision(3)))

const text = (x: number, y: number, content: string, anchor = 'middle', more = '') =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}"${more}>${escaped(content)}</text>`

/** Lines over places that stand at equal distances. */
export function linePlot(plot: LinePlot): string {
  const { title, across, up, places, series, logarithmic = false, digits } = plot
  const values = series.flatMap((one) => one.values).filter((value) => Number.isFinite(value))
  const highest = Math.max(...values, 1e-6)
  const steps = logarithmic
    ? logSteps(Math.min(...values.filter((value) => value > 0)), highest)
    : evenSteps(highest)
  const scale = logarithmic ? Math.log10 : (value: number) => value
  const [low, high] = [scale(steps[0] ?? 0), scale(steps.at(-1) ?? 1)]
  const x = (at: number) => LEFT + ((at + 0.5) / places.length) * (RIGHT_EDGE - LEFT)
  const y = (value: number) => FLOOR - ((scale(value) - low) / (high - low || 1)) * (FLOOR - TOP)
  const grid = steps.map(
    (step) =>
      `<line class="grid" x1="${LEFT}" x2="${RIGHT_EDGE}" y1="${y(step).toFixed(1)}" y2="${y(step).toFixed(1)}"/>` +
      text(LEFT - 5, y(step) + 3, shown(step), 'end'),
  )
  const every = Math.ceil(places.length / NAMED_PLACES)
  const named = places.map((place, at) => (at % every === 0 ? text(x(at), FLOOR + 14, place) : ''))
  const lines = series.map(({ name, colour, dashed, values: heights }) => {
    const points = heights.map((value, at) => [x(at), y(value), value, at] as const)
    const path = points.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(' ')
    const dots = points.map(
      ([px, py, value, at]) =>
        `<circle class="c${colour}" cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="${places.length > NAMED_PLACES ? 1.5 : 3}"><title>${escaped(`${name}, ${places[at]}: ${value.toFixed(digits)}`)}</title></circle>`,
    )
    return `<polyline class="c${colour}${dashed ? ' dashed' : ''}" points="${path}"/>${dots.join('')}`
  })
  const turned = ` transform="rotate(-90 12 ${(TOP + FLOOR) / 2})"`
  return (
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">` +
    text(WIDTH / 2, 15, title, 'middle', ' class="title"') +
    grid.join('') +
    named.join('') +
    text((LEFT + RIGHT_EDGE) / 2, HEIGHT - 8, across) +
    text(12, (TOP + FLOOR) / 2, up, 'middle', turned) +
    `${lines.join('')}</svg>`
  )
}

export interface BarPlot {
  readonly title: string
  /** what the values are, with their unit */
  readonly across: string
  readonly rows: readonly { readonly name: string; readonly values: readonly number[] }[]
  readonly logarithmic?: boolean
  /** where a line stands that values are held against */
  readonly against?: number
  readonly digits: number
}

const [WIDE, NAMES, BAR, GAP, BARS_TOP] = [760, 250, 11, 10, 28] as const

/** Bars that lie, one or more for each row; the first of a row has the first colour. */
export function barPlot({ title, across, rows, logarithmic, against, digits }: BarPlot): string {
  const values = rows.flatMap((row) => row.values)
  const highest = Math.max(...values, against ?? 0)
  const positive = values.filter((value) => value > 0)
  const steps = logarithmic ? logSteps(Math.min(...positive), highest) : evenSteps(highest)
  const scale = logarithmic ? Math.log10 : (value: number) => value
  const [low, high] = [scale(steps[0] ?? 0), scale(steps.at(-1) ?? 1)]
  const edge = WIDE - 60
  // what cannot be shown on an axis of powers has no length
  const x = (value: number) =>
    NAMES + Math.max(0, (scale(value) - low) / (high - low || 1)) * (edge - NAMES) || NAMES
  let top = BARS_TOP
  const drawn = rows.map(({ name, values: lengths }) => {
    const middle = top + (lengths.length * (BAR + 1)) / 2
    const bars = lengths.map((value, at) => {
      const y = top + at * (BAR + 1)
      return (
        `<rect class="c${at}" x="${NAMES}" y="${y}" width="${(x(value) - NAMES).toFixed(1)}" height="${BAR}"/>` +
        text(x(value) + 4, y + BAR - 2, value.toFixed(digits), 'start')
      )
    })
    top += lengths.length * (BAR + 1) + GAP
    return text(NAMES - 8, middle + 3, name, 'end') + bars.join('')
  })
  const grid = [...steps, ...(against === undefined ? [] : [against])].map(
    (step, at) =>
      `<line class="${at === steps.length ? 'against' : 'grid'}" x1="${x(step).toFixed(1)}" x2="${x(step).toFixed(1)}" y1="${BARS_TOP - 6}" y2="${top}"/>` +
      (at === steps.length ? '' : text(x(step), top + 12, shown(step))),
  )
  return (
    `<svg viewBox="0 0 ${WIDE} ${top + 34}" role="img" aria-label="${escaped(title)}">` +
    text(WIDE / 2, 15, title, 'middle', ' class="title"') +
    `${grid.join('')}${drawn.join('')}${text((NAMES + edge) / 2, top + 28, across)}</svg>`
  )
}

/** Rows under a head, as HTML. */
export function tableOf(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const line = (cells: readonly (string | number)[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(String(cell))}</${tag}>`).join('')}</tr>`
  return `<div class="wide"><table>${line(head, 'th')}${rows.map((row) => line(row, 'td')).join('')}</table></div>`
}

/** What each colour or stroke stands for. */
export function legendOf(names: readonly string[], more = ''): string {
  const marks = names.map((name, at) => `<span class="mark c${at}">■</span> ${escaped(name)}`)
  return `<p class="legend">${[...marks, ...(more ? [escaped(more)] : [])].join(' &nbsp; ')}</p>`
}
