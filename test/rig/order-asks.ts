/** One order to be placed, by what it asks for beyond a plain one, and what a gateway must hold of it then. */
export interface Ask {
  readonly title: string
  readonly asked: Readonly<Record<string, unknown>>
  /** where the gateway's own words differ; `undefined` where it holds nothing */
  readonly held?: Readonly<Record<string, unknown>>
  /** since that server version */
  readonly since?: number
  /** the simulator reads it and turns it down */
  readonly untaken?: true
}

export const LEG_ONE = 265598
export const LEG_TWO = 272093
