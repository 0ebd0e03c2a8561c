import type { IncomingMessage } from 'node:http'

/** A segment that leads upwards or stays, a backslash or a NUL, however they are written: what resolves it means another path. */
const CROOKED = /(?:\/|%2f)(?:\.|%2e){1,2}(?:\/|%2f|\?|$)|\\|%5c|%00/i

/** Header fields come as name, value, name, value … */
function hostsIn(fields: readonly string[]): number {
  let hosts = 0
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] as string
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1
  }
  return hosts
}

/**
 * Why two readers may take this request for calls to two hosts (RFC 9112 §3.2); undefined for all that callers in good faith
 * send. What stands before us may have judged the other one.
 */
export function whyAmbiguous(
  target: string,
  { rawHeaders, headers, httpVersion }: IncomingMessage,
): string | undefined {
  const hosts = hostsIn(rawHeaders)
  if (hosts > 1) return 'Host is given twice'
  if (hosts === 0 && httpVersion === '1.1') return 'Host is missing'
  // a path, as nearly always, or `*`
  if (!target.startsWith('/') && target !== '*' && URL.parse(target)?.host !== headers.host)
    return 'The target and Host name two hosts'
  return undefined
}

/** Whether who resolves this target's path finds another one. */
export function isCrooked(target: string): boolean {
  return CROOKED.test(withoutQuery(target))
}

/** The path of a target. */
export function withoutQuery(target: string): string {
  const query = target.indexOf('?')
  return query < 0 ? target : target.slice(0, query)
}
