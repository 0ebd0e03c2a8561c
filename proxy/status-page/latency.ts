/** Over how long durations are kept, s. */
export const WINDOW_SECONDS = 60
/** Over how many of the last full seconds calls per second are reckoned. */
export const RATE_SECONDS = 5
/** Durations up to this are not told apart, ms. */
const SHORTEST_MS = 0.1
/** Each bucket ends so many times later than the one before: a quantile is within 5 % of the truth. */
const GROWTH = 1.1
const LOG_GROWTH = Math.log(GROWTH)
/** So many reach beyond the longest deadline. */
export const BUCKETS = 160

/** Which of the buckets a duration falls in. */
export function bucketOf(ms: number): number {
  const bucket = ms <= SHORTEST_MS ? 0 : Math.ceil(Math.log(ms / SHORTEST_MS) / LOG_GROWTH)
  return Math.min(bucket, BUCKETS - 1)
}

/** How many calls ended, and how long they took; ms. */
export interface LatencyView {
  /** calls that ended in the last minute */
  readonly lastMinute: number
  /** mean of the last full seconds; null in the very first */
  readonly perSecond: number | null
  /** of the last minute; null when no call ended in it */
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  /** calls that ended in each full second of the last minute, oldest first */
  readonly bySecond: readonly number[]
}

/** The calls that ended within one second, by how long they took. */
interface Second {
  /** which, in seconds since 1970 */
  at: number
  count: number
  readonly buckets: Uint32Array
}

/** Counts calls second by second, in memory that is taken once. */
export class Latency {
  readonly #seconds: readonly Second[] = Array.from({ length: WINDOW_SECONDS + 1 }, () => ({
    at: -1,
    count: 0,
    buckets: new Uint32Array(BUCKETS),
  }))
  readonly #begun: number

  /** @param begun epoch ms */
  constructor(begun: number) {
    this.#begun = Math.floor(begun / 1000)
  }

  /** A call that took `ms` ended `at`, epoch ms. */
  observe(at: number, ms: number): void {
    const second = this.#second(Math.floor(at / 1000))
    second.count += 1
    const index = bucketOf(ms)
    second.buckets[index] = (second.buckets[index] ?? 0) + 1
  }

  /** What was counted in the minute before `now`, epoch ms. */
  view(now: number): LatencyView {
    const current = Math.floor(now / 1000)
    const counts: number[] = []
    const total = new Uint32Array(BUCKETS)
    let lastMinute = 0
    for (let at = current - WINDOW_SECONDS; at <= current; at += 1) {
      const second = this.#seconds[at % this.#seconds.length]
      const isKept = second !== undefined && second.at === at
      if (at < current) counts.push(isKept ? second.count : 0)
      if (!isKept) continue
      lastMinute += second.count
      for (const [bucket, count] of second.buckets.entries())
        total[bucket] = (total[bucket] ?? 0) + count
    }
    const full = Math.min(RATE_SECONDS, current - this.#begun)
    const recent = counts.slice(-full).reduce((sum, count) => sum + count, 0)
    return {
      lastMinute,
      perSecond: full > 0 ? recent / full : null,
      p50Ms: quantile(total, lastMinute, 0.5),
      p99Ms: quantile(total, lastMinute, 0.99),
      bySecond: counts,
    }
  }

  #second(at: number): Second {
    const second = this.#seconds[at % this.#seconds.length] as Second
    if (second.at === at) return second
    second.at = at
    second.count = 0
    second.buckets.fill(0)
    return second
  }
}

/** The duration that so large a share did not exceed, told by the middle of its bucket. */
export function quantile(buckets: Uint32Array, count: number, share: number): number | null {
  if (count === 0) return null
  let left = Math.ceil(count * share)
  for (const [bucket, held] of buckets.entries()) {
    left -= held
    if (left <= 0) return SHORTEST_MS * GROWTH ** (bucket - 0.5)
  }
  return null
}
