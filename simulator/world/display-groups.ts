import type { Cancel } from './clock.ts'
import { Signal } from './signal.ts'

/** The groups of a TWS window: 1 to 7. */
export const DISPLAY_GROUPS = [1, 2, 3, 4, 5, 6, 7] as const
/** What a group shows that shows nothing. */
const NOTHING = 'none'

/** What the display groups of the window show: `conId@exchange`, or `none`. */
export class DisplayGroups {
  readonly #shown = new Map<number, string>()
  readonly #changed = new Signal<{ group: number; contract: string }>()

  shows(group: number): string {
    return this.#shown.get(group) ?? NOTHING
  }

  /** Lets a group show something else; everybody who follows it is told, its author too. */
  show(group: number, contract: string): void {
    this.#shown.set(group, contract)
    this.#changed.tell({ group, contract })
  }

  follow(group: number, tell: (contract: string) => void): Cancel {
    return this.#changed.listen((change) => {
      if (change.group === group) tell(change.contract)
    })
  }
}
