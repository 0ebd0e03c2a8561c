/** Whether a text is a pattern: blank means all (S3.22). */
export function isWild(text: string): boolean {
  return text === '' || text.includes('*') || text.includes('_')
}

/** The letters a pattern begins with. */
export function prefixOf(pattern: string): string {
  return /^[^*_]*/.exec(pattern)?.[0] ?? ''
}

/**
 * Whether a text fits a pattern: `*` stands for any text, `_` for any one character, case does not matter, blank fits
 * all. The time is bounded by the product of the lengths, whatever the pattern.
 */
export function fitsPattern(text: string, pattern: string): boolean {
  if (pattern === '') return true
  const [have, want] = [text.toUpperCase(), pattern.toUpperCase()]
  let [at, of] = [0, 0]
  // where to go on from if the last `*` has to stand for one character more
  let [star, taken] = [-1, 0]
  while (at < have.length) {
    if (want[of] === '*') {
      star = of
      taken = at
      of += 1
    } else if (want[of] === '_' || (of < want.length && want[of] === have[at])) {
      at += 1
      of += 1
    } else if (star >= 0) {
      taken += 1
      at = taken
      of = star + 1
    } else return false
  }
  while (want[of] === '*') of += 1
  return of === want.length
}
