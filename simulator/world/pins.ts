import type { Instrument, Path } from './instrument.ts'
import { toGrain } from './path.ts'

/** A price that a test has set: from one moment until it is taken back. */
interface Pin {
  readonly from: number
  to: number
  readonly price: number
}

function optionKey({ conId }: Instrument): string {
  return `conId ${conId}`
}

/** The prices that tests have set: of a path and so of all that follow it, or of one option alone. */
export class Pins {
  readonly #pins = new Map<string, Pin[]>()

  get isEmpty(): boolean {
    return this.#pins.size === 0
  }

  ofPath({ key }: Path, at: number): number | undefined {
    return this.#at(key, at)
  }

  ofOption(instrument: Instrument, at: number): number | undefined {
    return this.isEmpty ? undefined : this.#at(optionKey(instrument), at)
  }

  /** Moments between those two at which a price was set or taken back, the earliest first. */
  edges(instrument: Instrument, from: number, to: number): number[] {
    return [instrument.path.key, optionKey(instrument)]
      .flatMap((key) => this.#pins.get(key) ?? [])
      .flatMap((pin) => [pin.from, pin.to])
      .filter((edge) => edge > from && edge < to)
      .sort((a, b) => a - b)
  }

  set(instrument: Instrument, price: number, now: number): void {
    this.end(instrument, now)
    const own = instrument.option !== undefined
    const key = own ? optionKey(instrument) : instrument.path.key
    const pins = this.#pins.get(key) ?? []
    pins.push({
      from: toGrain(now),
      to: Number.POSITIVE_INFINITY,
      price: own ? price : price / instrument.factor,
    })
    this.#pins.set(key, pins)
  }

  /** Ends those of one instrument, or all. */
  end(instrument: Instrument | undefined, now: number): void {
    const keys =
      instrument === undefined
        ? [...this.#pins.keys()]
        : [instrument.path.key, optionKey(instrument)]
    for (const key of keys) {
      const pin = this.#pins.get(key)?.at(-1)
      if (pin !== undefined && pin.to > toGrain(now)) pin.to = toGrain(now)
    }
  }

  #at(key: string, at: number): number | undefined {
    return this.#pins.get(key)?.findLast(({ from, to }) => from <= at && at < to)?.price
  }
}
