const SECONDS: Readonly<Record<string, number>> = {
  S: 1,
  D: 86_400,
  W: 604_800,
  M: 2_678_400,
  Y: 31_622_400,
  sec: 1,
  min: 60,
  hour: 3600,
  day: 86_400,
  week: 604_800,
  month: 2_678_400,
}

/** `1 D`, `30 secs` → seconds; markets that never close are reckoned with. */
export function secondsOf(length: string): number {
  const [count = '1', unit = 'S'] = length.split(' ')
  return Number(count) * (SECONDS[unit] ?? SECONDS[unit.replace(/s$/, '')] ?? 1)
}

/** Roughly the bars a request would bring, at most. */
export function barsOf(durationStr: string, barSizeSetting: string): number {
  return Math.ceil(secondsOf(durationStr) / secondsOf(barSizeSetting))
}
