import { cut, highest, lowest, type Stretch } from './bridge.ts'
import { bell, hashText, mix, unit } from './chance.ts'
import type { Path } from './instrument.ts'
import { Rhythm } from './rhythm.ts'

export const DAY_MS = 86_400_000
/** The finest grain of time: bars begin and end on it, and within it the price stands. */
export const GRAIN_MS = 100

/** The beginning of the grain that holds that moment. */
export function toGrain(time: number): number {
  return Math.floor(time / GRAIN_MS) * GRAIN_MS
}

/** What happened in a span of time. */
export interface Span {
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
}

/** Into how many parts each level of a day is cut, from the day down to the grain. */
const PARTS = [3, 2, 2, 2, 2, 2, 3, 5, 2, 2, 3, 5, 2, 5] as const
const SIZES: readonly number[] = [...PARTS, 1].map(
  (_, level) => DAY_MS / PARTS.slice(0, level).reduce<number>((all, parts) => all * parts, 1),
)
const GRAIN_LEVEL = PARTS.length
/** How many days the waves of the daily closes span. */
const WAVES = [1, 2, 4, 8, 16, 32, 64] as const
/** open, high, low, close, volume of one part */
const WIDTH = 5

function stretch(): Stretch {
  return { open: 0, high: 0, low: 0, close: 0, variance: 0 }
}

/**
 * One price path, a pure function of seed and time. A day is drawn first (open, high, low, close, volume) and then cut
 * into ever smaller parts that must add up to it. So the bars of any size tell one story, and a day
 * costs nothing until somebody looks inside.
 */
export class PricePath {
  readonly #path: Path
  readonly #key: number
  readonly #rhythm: Rhythm
  /** the parts of the part last looked into, per level: neighbours share it */
  readonly #parts: readonly Float64Array[]
  readonly #day = new Float64Array(WIDTH)
  readonly #partsOf: Float64Array
  #dayDrawn = Number.NaN
  #from = 0
  #to = 0
  #seen = false
  readonly #sum = { open: 0, high: 0, low: 0, close: 0, volume: 0 }
  readonly #rest = stretch()
  readonly #left = stretch()
  readonly #right = stretch()

  constructor(path: Path, seed: number) {
    this.#path = path
    this.#key = mix(hashText(path.key), seed)
    this.#rhythm = new Rhythm(path.rhythm)
    this.#parts = PARTS.map((parts) => new Float64Array(parts * WIDTH))
    this.#partsOf = new Float64Array(PARTS.length).fill(Number.NaN)
  }

  /** The price at that moment. */
  at(time: number): number {
    const day = Math.floor(time / DAY_MS)
    let node = this.#drawDay(day)
    let place = 0
    let start = day * DAY_MS
    for (let level = 0; level < GRAIN_LEVEL; level += 1) {
      const parts = this.#cut(level, start, node, place)
      const size = SIZES[level + 1] as number
      const index = Math.min((PARTS[level] as number) - 1, Math.floor((time - start) / size))
      start += index * size
      node = parts
      place = index * WIDTH
    }
    return node[place] as number
  }

  /**
   * What happened from one moment up to another, both on whole grains.
   * @returns undefined for an empty span
   */
  between(from: number, to: number): Span | undefined {
    if (to <= from) return undefined
    this.#from = from
    this.#to = to
    this.#seen = false
    const sum = this.#sum
    for (let day = Math.floor(from / DAY_MS); day * DAY_MS < to; day += 1) {
      this.#visit(0, day * DAY_MS, this.#drawDay(day), 0)
    }
    return this.#seen ? { ...sum } : undefined
  }

  #closeOf(day: number): number {
    let log = 0
    for (const wave of WAVES) {
      const place = Math.floor(day / wave)
      const part = (day - place * wave) / wave
      const here = bell(mix(mix(this.#key, wave), place))
      const next = bell(mix(mix(this.#key, wave), place + 1))
      log += Math.sqrt(wave) * (here + (next - here) * part * part * (3 - 2 * part))
    }
    return this.#path.level * Math.exp(log * this.#path.dailyMove * 0.6)
  }

  #varianceOfDay(): number {
    return (this.#path.dailyMove * (this.#day[0] as number)) ** 2
  }

  #drawDay(day: number): Float64Array {
    const drawn = this.#day
    if (this.#dayDrawn === day) return drawn
    const open = this.#closeOf(day - 1)
    const close = this.#closeOf(day)
    const bits = mix(mix(this.#key, 0x0ddba11), day)
    drawn[0] = open
    const variance = this.#varianceOfDay()
    drawn[1] = highest(open, close, variance, open * 2 + close, bits)
    drawn[2] = lowest(open, close, variance, 0, mix(bits, 1))
    drawn[3] = close
    drawn[4] = Math.round(this.#path.dailyVolume * Math.exp(0.35 * bell(mix(bits, 2))))
    this.#dayDrawn = day
    return drawn
  }

  /** Cuts one part into those of the level below, one after the other. */
  #cut(level: number, start: number, node: Float64Array, at: number): Float64Array {
    const into = this.#parts[level] as Float64Array
    if (this.#partsOf[level] === start) return into
    this.#partsOf[level] = start
    const bits = mix(
      mix(this.#key ^ level, Math.floor(start / DAY_MS)),
      (start % DAY_MS) / GRAIN_MS,
    )
    if (level === GRAIN_LEVEL - 1) drawGrains(node, at, into, bits)
    else this.#cutPrices(level, start, node, at, into, bits)
    this.#cutVolume(level, start, node[at + 4] as number, into, bits)
    return into
  }

  #cutPrices(
    level: number,
    start: number,
    node: Float64Array,
    at: number,
    into: Float64Array,
    bits: number,
  ): void {
    const count = PARTS[level] as number
    const size = SIZES[level + 1] as number
    const day = Math.floor(start / DAY_MS)
    const end = start + count * size
    const left = this.#left
    let [rest, right] = [this.#rest, this.#right]
    rest.open = node[at] as number
    rest.high = node[at + 1] as number
    rest.low = node[at + 2] as number
    rest.close = node[at + 3] as number
    rest.variance = this.#varianceOfDay() * this.#moves(day, start, end)
    for (let index = 0; index < count - 1; index += 1) {
      const from = start + index * size
      const share = this.#moves(day, from, from + size) / this.#moves(day, from, end)
      cut(rest, share, mix(bits, index), left, right)
      store(left, into, index * WIDTH)
      ;[rest, right] = [right, rest]
    }
    store(rest, into, (count - 1) * WIDTH)
  }

  #cutVolume(level: number, start: number, whole: number, into: Float64Array, bits: number): void {
    const count = PARTS[level] as number
    const size = SIZES[level + 1] as number
    const day = Math.floor(start / DAY_MS)
    const end = start + count * size
    let volume = whole
    for (let index = 0; index < count - 1; index += 1) {
      const from = start + index * size
      const share = this.#traded(day, from, from + size) / this.#traded(day, from, end)
      const luck = 0.5 + unit(mix(mix(bits, index), 6))
      const taken = Math.round(volume * Math.min(1, share * luck))
      into[index * WIDTH + 4] = taken
      volume -= taken
    }
    into[(count - 1) * WIDTH + 4] = volume
  }

  #moves(day: number, from: number, to: number): number {
    return this.#rhythm.moves(day, to) - this.#rhythm.moves(day, from)
  }

  #traded(day: number, from: number, to: number): number {
    return this.#rhythm.volume(day, to) - this.#rhythm.volume(day, from)
  }

  #visit(level: number, start: number, node: Float64Array, at: number): void {
    const end = start + (SIZES[level] as number)
    if (this.#from <= start && end <= this.#to) {
      this.#add(node, at)
      return
    }
    if (level === GRAIN_LEVEL) return
    const parts = this.#cut(level, start, node, at)
    const size = SIZES[level + 1] as number
    const last = Math.min(PARTS[level] as number, Math.ceil((this.#to - start) / size))
    for (
      let index = Math.max(0, Math.floor((this.#from - start) / size));
      index < last;
      index += 1
    ) {
      this.#visit(level + 1, start + index * size, parts, index * WIDTH)
    }
  }

  #add(node: Float64Array, at: number): void {
    const sum = this.#sum
    const high = node[at + 1] as number
    const low = node[at + 2] as number
    if (this.#seen) {
      if (high > sum.high) sum.high = high
      if (low < sum.low) sum.low = low
    } else {
      this.#seen = true
      sum.open = node[at] as number
      sum.high = high
      sum.low = low
      sum.volume = 0
    }
    sum.close = node[at + 3] as number
    sum.volume += node[at + 4] as number
  }
}

function store(part: Stretch, into: Float64Array, place: number): void {
  into[place] = part.open
  into[place + 1] = part.high
  into[place + 2] = part.low
  into[place + 3] = part.close
}

/** The finest parts: the price stands in each, so an extreme that is still owed must be the price of one of them. */
function drawGrains(node: Float64Array, at: number, into: Float64Array, bits: number): void {
  const count = PARTS[GRAIN_LEVEL - 1] as number
  const [open, high, low, close] = [0, 1, 2, 3].map((field) => node[at + field] as number) as [
    number,
    number,
    number,
    number,
  ]
  const turns = count - 1
  const highest = 1 + (bits % turns)
  const lowest = 1 + ((highest + (mix(bits, 1) % (turns - 1))) % turns)
  let price = open
  for (let index = 0; index < count; index += 1) {
    const turn = index + 1
    const luck = low + (high - low) * unit(mix(bits, turn + 1))
    const drift = price + (close - price) / (count - index)
    const next =
      turn === count ? close : turn === highest ? high : turn === lowest ? low : (drift + luck) / 2
    const place = index * WIDTH
    into[place] = price
    into[place + 1] = Math.max(price, next)
    into[place + 2] = Math.min(price, next)
    into[place + 3] = next
    price = next
  }
}
