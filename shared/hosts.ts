import { isLoopback } from './env.ts'

/** How many spellings of `Host` are remembered; a stranger can think of more. */
const REMEMBERED = 256

/** Which names callers may call us by: DNS can make any name mean this machine, and a browser then takes its page for ours. */
export type HostRule = (host: string | undefined) => boolean

/** `name`, `name:port`, `[::1]:port` without the port; lower case, no dot at the end. */
function nameIn(host: string): string {
  const name = host.startsWith('[') ? host.slice(1).split(']', 1)[0] : host.split(':', 1)[0]
  return (name ?? '').toLowerCase().replace(/\.$/, '')
}

/**
 * The names of this machine's loopback, and those that are listed with commas between. A call without a `Host` is no
 * browser's.
 */
export function hostRule(listed: string): HostRule {
  const names = new Set(
    listed
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '')
      .map((name) =>
        name.includes('::') && !name.startsWith('[') ? name.toLowerCase() : nameIn(name),
      ),
  )
  const judged = new Map<string, boolean>()
  return (host) => {
    if (host === undefined) return true
    const known = judged.get(host)
    if (known !== undefined) return known
    const name = nameIn(host)
    const isAllowed = names.has(name) || LOOPBACK.test(name) || name === '::1'
    if (judged.size >= REMEMBERED) judged.clear()
    judged.set(host, isAllowed)
    return isAllowed
  }
}

/** An address, not a name that begins like one (`127.0.0.1.evil.example`). */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3})$/

/**
 * The rule of a service: what is listed where something is; on loopback, where nobody is asked who he is, this machine's own
 * names; elsewhere none.
 */
export function hostRuleOf(of: {
  readonly host: string
  readonly listed: string | undefined
  /** callers are asked who they are */
  readonly asksWho: boolean
}): HostRule | undefined {
  if (of.listed !== undefined) return hostRule(`${of.host},${of.listed}`)
  return isLoopback(of.host) && !of.asksWho ? hostRule(of.host) : undefined
}
