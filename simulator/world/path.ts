import { bell, hashText, mix, unit } from './chance.ts'
import type { Path } from './instrument.ts'

export const DAY_MS = 86_400_000
/** The finest grain of time: bars begin and end on it. */
export const GRAIN_MS = 100

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

/**
 * One price path, a pure function of seed and time. A day is drawn first (open, high, low, close, volume) and then cut
 * into ever smaller parts that must add up to it. So the bars of any size tell one story, and a day
 * costs nothing until somebody looks inside.
 */
export class PricePath {
  readonly #path: Path
  readonly #key: number
  /** the parts of the part last looked into, per level: neighbours share it */
  readonly #parts: readonly Float64Array[]
  readonly #day = new Float64Array(WIDTH)
  readonly #partsOf: Float64Array
  #dayDrawn = Number.NaN
  #from = 0
  #to = 0
  #seen = false
  readonly #sum = { open: 0, high: 0, low: 0, close: 0, volume: 0 }

  constructor(path: Path, seed: number) {
    this.#path = path
    this.#key = mix(hashText(path.key), seed)
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
    const [open, high, low, close] = node.subarray(place, place + 4) as unknown as number[]
    // an extreme that no cut has reached is shown by the later half of the grain that holds it; the first half is
    // where the grain before closed
    if (time - start < GRAIN_MS / 2) return open as number
    if ((high as number) > Math.max(open as number, close as number)) return high as number
    if ((low as number) < Math.min(open as number, close as number)) return low as number
    return open as number
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

  #drawDay(day: number): Float64Array {
    const drawn = this.#day
    if (this.#dayDrawn === day) return drawn
    const open = this.#closeOf(day - 1)
    const close = this.#closeOf(day)
    const bits = mix(mix(this.#key, 0x0ddba11), day)
    const reach = this.#path.dailyMove * 0.5
    drawn[0] = open
    drawn[1] = Math.max(open, close) * Math.exp(Math.abs(bell(bits)) * reach)
    drawn[2] = Math.min(open, close) * Math.exp(-Math.abs(bell(mix(bits, 1))) * reach)
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
    const count = PARTS[level] as number
    const bits = mix(
      mix(this.#key ^ level, Math.floor(start / DAY_MS)),
      (start % DAY_MS) / GRAIN_MS,
    )
    let open = node[at] as number
    let high = node[at + 1] as number
    let low = node[at + 2] as number
    const close = node[at + 3] as number
    let volume = node[at + 4] as number
    for (let index = 0; index < count - 1; index += 1) {
      const share = 1 / (count - index)
      const hash = mix(bits, index)
      const turn = turningPoint(open, high, low, close, share, hash)
      const place = index * WIDTH
      const stray = (high - low) * 0.22 * Math.sqrt(share)
      const topLeft = Math.max(open, turn)
      const topRight = Math.max(turn, close)
      const footLeft = Math.min(open, turn)
      const footRight = Math.min(turn, close)
      // an extreme that stands at an edge is there already: only one that is still owed goes to a side by chance
      const leftHasHigh = topLeft === high || (topRight < high && unit(mix(hash, 2)) < share)
      const leftHasLow = footLeft === low || (footRight > low && unit(mix(hash, 3)) < share)
      into[place] = open
      into[place + 1] = leftHasHigh ? high : inside(topLeft, high, stray, mix(hash, 4))
      into[place + 2] = leftHasLow ? low : inside(footLeft, low, stray, mix(hash, 5))
      into[place + 3] = turn
      const taken = Math.round(volume * Math.min(1, share * (0.5 + unit(mix(hash, 6)))))
      into[place + 4] = taken
      volume -= taken
      high = leftHasHigh && topRight < high ? inside(topRight, high, stray, mix(hash, 7)) : high
      low = leftHasLow && footRight > low ? inside(footRight, low, stray, mix(hash, 8)) : low
      open = turn
    }
    into.set([open, high, low, close, volume], (count - 1) * WIDTH)
    return into
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

/** A little beyond `edge`, as far as a path of that width usually strays, and never beyond `limit`. */
function inside(edge: number, limit: number, stray: number, bits: number): number {
  const reach = stray * Math.abs(bell(bits))
  return limit > edge ? Math.min(limit, edge + reach) : Math.max(limit, edge - reach)
}

/** How likely an extreme is reached at this cut: the further it sticks out, the sooner, or it would end as a spike. */
function urgency(gap: number, width: number): number {
  return gap > 0 ? 0.35 + 0.6 * (gap / width) : 0
}

/** Where the price stands at the cut: at an extreme it still has to reach, or somewhere on the way. */
function turningPoint(
  open: number,
  high: number,
  low: number,
  close: number,
  share: number,
  hash: number,
): number {
  const width = high - low
  const up = urgency(high - Math.max(open, close), width)
  const down = urgency(Math.min(open, close) - low, width)
  const scale = Math.min(1, 0.95 / (up + down))
  const luck = unit(hash)
  if (luck < up * scale) return high
  if (luck > 1 - down * scale) return low
  const spread = width * Math.sqrt(share * (1 - share)) * 0.4
  const turn = open + (close - open) * share + spread * bell(mix(hash, 1))
  return Math.min(high, Math.max(low, turn))
}
