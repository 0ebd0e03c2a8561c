/** How long, in the unit a person would choose. */
export function duration(ms) {
  if (ms === null || ms === undefined) return '–'
  if (ms < 1) return `${ms.toFixed(2)} ms`
  if (ms < 10) return `${ms.toFixed(1)} ms`
  if (ms < 1000) return `${Math.round(ms)} ms`
  const seconds = ms / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`
  return `${Math.floor(seconds / 86_400)} days`
}

/** Milliseconds in a column that says so. */
export function millis(ms) {
  if (ms === null) return '–'
  if (ms < 10) return ms.toFixed(1)
  return number(Math.round(ms))
}

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

export function number(value) {
  return grouped.format(value)
}

/** A rate: small ones with a decimal. */
export function rate(value) {
  if (value === null) return '–'
  return value > 0 && value < 10 ? value.toFixed(1) : number(value)
}

/** The time of day where the reader is. */
export function clockTime(instant) {
  return new Date(instant).toLocaleTimeString('en-GB')
}

/** Day and time where the reader is. */
export function moment(instant) {
  const date = new Date(instant)
  const isToday = date.toDateString() === new Date().toDateString()
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
  return isToday ? clockTime(instant) : `${day}, ${clockTime(instant)}`
}

/** `1 call`, `2 calls`. */
export function counted(count, noun) {
  return `${number(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** A limit's window, as in `in any 10 min`. */
export function windowOf(seconds) {
  return seconds === null ? 'at once' : `in any ${duration(seconds * 1000).replace('.0', '')}`
}
