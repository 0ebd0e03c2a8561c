/** What a farm says of itself (facts §1.1, §3.4): a code and a text. */
type Saying = readonly [code: number, text: string]

/** A part of IB that serves one kind of data. */
export interface Farm {
  readonly isUp: Saying
  readonly isDown: Saying
}

/** The farms of the simulator, by name: quotes, history, contracts. */
export const farms = {
  usfarm: {
    isUp: [2104, 'Market data farm connection is OK:usfarm'],
    isDown: [2103, 'Market data farm connection is broken:usfarm'],
  },
  ushmds: {
    isUp: [2106, 'HMDS data farm connection is OK:ushmds'],
    isDown: [2105, 'HMDS data farm connection is broken:ushmds'],
  },
  secdefil: {
    isUp: [2158, 'Sec-def data farm connection is OK:secdefil'],
    isDown: [2157, 'Sec-def data farm connection is broken:secdefil'],
  },
} as const satisfies Readonly<Record<string, Farm>>

export type FarmName = keyof typeof farms

/** Their names, in the sequence in which a login is told of them. */
export const farmNames = Object.keys(farms) as readonly FarmName[]
