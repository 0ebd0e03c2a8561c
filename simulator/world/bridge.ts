import { mix, unit } from './chance.ts'

/** How many places between lowest and highest price are weighed for a cut. */
const PLACES = 5

/** A stretch of a price path: where it begins, ends and turns, and how much it usually wanders (its variance). */
export interface Stretch {
  open: number
  high: number
  low: number
  close: number
  variance: number
}

/** A random highest price of a random walk from `from` to `to` that stays below `limit`. */
export function highest(
  from: number,
  to: number,
  variance: number,
  limit: number,
  bits: number,
): number {
  // the chance to stay below a price is known for such a walk, and turned around here
  const room = Math.exp((-2 * (limit - from) * (limit - to)) / variance)
  const luck = room + (1 - room) * (1 - unit(bits))
  const step = to - from
  const top = (from + to + Math.sqrt(step * step - 2 * variance * Math.log(luck))) / 2
  return Math.min(limit, Math.max(from, to, top))
}

/** The same downwards. */
export function lowest(
  from: number,
  to: number,
  variance: number,
  limit: number,
  bits: number,
): number {
  return -highest(-from, -to, variance, -limit, bits)
}

/** Which of two halves reaches an extreme: how likely each is to do so while the other one does not. */
const reach = { left: 0, right: 0 }

/** Weighs both halves of a walk over `middle` for the price `top`, all told as distances below it. */
function weighReach(
  from: number,
  middle: number,
  to: number,
  leftVariance: number,
  rightVariance: number,
): void {
  const overLeft = Math.exp((-2 * from * middle) / leftVariance)
  const overRight = Math.exp((-2 * middle * to) / rightVariance)
  reach.left = ((from + middle) / leftVariance) * overLeft * (1 - overRight)
  reach.right = ((middle + to) / rightVariance) * overRight * (1 - overLeft)
}

const weights = new Float64Array(PLACES)
const middles = new Float64Array(PLACES)

/**
 * Cuts a stretch in two where `share` of its wandering is done: `left` and `right` are filled. Where the cut lies, and
 * which side has the highest and the lowest price, is drawn as a random walk with these extremes would have it, so no
 * side is left without movement and no extreme ends as a spike.
 */
export function cut(
  whole: Readonly<Stretch>,
  share: number,
  bits: number,
  left: Stretch,
  right: Stretch,
): void {
  const { open, high, low, close, variance } = whole
  const leftVariance = variance * share
  const rightVariance = variance - leftVariance
  const centre = open + (close - open) * share
  const spread = 2 * leftVariance * (1 - share)
  let sum = 0
  for (let place = 0; place < PLACES; place += 1) {
    const middle = low + ((high - low) * (place + unit(mix(bits, place)))) / PLACES
    weighReach(high - open, high - middle, high - close, leftVariance, rightVariance)
    const up = reach.left + reach.right
    weighReach(open - low, middle - low, close - low, leftVariance, rightVariance)
    const down = reach.left + reach.right
    sum += up * down * Math.exp(-((middle - centre) ** 2) / spread)
    middles[place] = middle
    weights[place] = sum
  }
  const luck = unit(mix(bits, 0x51ed27)) * sum
  let found = 0
  while (found < PLACES && !((weights[found] as number) > luck)) found += 1
  const middle = middles[found] ?? Math.min(high, Math.max(low, centre))
  weighReach(high - open, high - middle, high - close, leftVariance, rightVariance)
  const leftHasHigh = picksLeft(share, mix(bits, 0x2545f4))
  weighReach(open - low, middle - low, close - low, leftVariance, rightVariance)
  const leftHasLow = picksLeft(share, mix(bits, 0x9e3779))
  left.open = open
  left.close = middle
  left.variance = leftVariance
  left.high = leftHasHigh ? high : highest(open, middle, leftVariance, high, mix(bits, 0x632be5))
  left.low = leftHasLow ? low : lowest(open, middle, leftVariance, low, mix(bits, 0x1b8735))
  right.open = middle
  right.close = close
  right.variance = rightVariance
  right.high = leftHasHigh ? highest(middle, close, rightVariance, high, mix(bits, 0xc2b2ae)) : high
  right.low = leftHasLow ? lowest(middle, close, rightVariance, low, mix(bits, 0x27d4eb)) : low
}

function picksLeft(share: number, bits: number): boolean {
  const both = reach.left + reach.right
  return unit(bits) < (both > 0 ? reach.left / both : share)
}
