import { Histogram, type HistogramConfiguration } from 'prom-client'

/** Counts one duration, seconds. */
export type Observe = (seconds: number) => void

/** What was counted under one set of labels; a place for each bound, one for what exceeds them all. */
interface Counted {
  readonly labels: Readonly<Record<string, string>>
  readonly counts: Float64Array
  sum: number
}

/**
 * A histogram of durations that are counted for every call: prom-client reckons with labels and texts at each observation, 0.2 to
 * 0.4 µs where nothing else runs, and more memory. Here labels are named once, and what was counted is told when it is asked for.
 */
export class DurationHistogram<Label extends string> extends Histogram<Label> {
  readonly #name: string
  readonly #help: string
  readonly #labelNames: readonly Label[]
  readonly #bounds: readonly number[]
  readonly #collect: (() => void) | undefined
  readonly #children: Counted[] = []

  /** `buckets`: upper bounds, seconds, rising. */
  constructor(
    configuration: Omit<HistogramConfiguration<Label>, 'buckets'> & {
      readonly buckets: readonly number[]
    },
  ) {
    super({ ...configuration, buckets: [...configuration.buckets] })
    this.#name = configuration.name
    this.#help = configuration.help
    this.#labelNames = configuration.labelNames ?? []
    this.#bounds = [...configuration.buckets]
    this.#collect = configuration.collect?.bind(this)
  }

  /** Counts under these values of the labels, in their sequence. Each set of values is named once. */
  child(...values: readonly string[]): Observe {
    const labels = Object.fromEntries(this.#labelNames.map((name, at) => [name, values[at] ?? '']))
    const counted = { labels, counts: new Float64Array(this.#bounds.length + 1), sum: 0 }
    this.#children.push(counted)
    const bounds = this.#bounds
    return (seconds) => {
      let at = 0
      while (at < bounds.length && seconds > (bounds[at] as number)) at += 1
      counted.counts[at] = (counted.counts[at] as number) + 1
      counted.sum += seconds
    }
  }

  override async get() {
    this.#collect?.()
    const values = this.#children.flatMap((counted) => this.#told(counted))
    return {
      ...{ name: this.#name, help: this.#help, type: 'histogram', aggregator: 'sum', values },
    } as unknown as Awaited<ReturnType<Histogram<Label>['get']>>
  }

  /** What the registry reads where metrics are told as text. */
  async getForPromString() {
    return await this.get()
  }

  #told({ labels, counts, sum }: Counted) {
    const bucket = (le: number | string, value: number) => ({
      ...{ metricName: `${this.#name}_bucket`, labels: { le, ...labels }, value },
    })
    let total = 0
    const buckets = this.#bounds.map((bound, at) => {
      total += counts[at] ?? 0
      return bucket(bound, total)
    })
    total += counts.at(-1) ?? 0
    return [
      ...buckets,
      bucket('+Inf', total),
      { metricName: `${this.#name}_sum`, labels, value: sum },
      { metricName: `${this.#name}_count`, labels, value: total },
    ]
  }
}
