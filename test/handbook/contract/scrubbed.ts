/** Longer lists and texts show nothing more. */
const MAX_ITEMS = 2
const MAX_LINES = 8

/** Addresses and process ids are another's in every recording. */
const OWN: Readonly<Record<string, unknown>> = {
  pid: 4711,
  gateway: '127.0.0.1:4002',
  accessToken: 'ibs_an-access-token',
  refreshToken: 'ibr_a-refresh-token',
  sessionId: '5f0d3ad5-6a0c-4a35-8d0b-0f0c8b5f7e11',
}

/**
 * What was recorded, fit to be read and compared: lists are cut, the ports of the recording are those of `npm start`.
 */
export function scrubbed(value: unknown, place = ''): unknown {
  if (place in OWN) return OWN[place]
  if (typeof value === 'string') return textOf(value)
  if (Array.isArray(value)) {
    // what has a place for each client keeps all
    const kept = place === 'clients' ? value : value.slice(0, MAX_ITEMS)
    return kept.map((each, index) => withOrigin(scrubbed(each), index))
  }
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value)
  const shown = place === 'endpoints' ? members.slice(0, MAX_ITEMS) : members
  return Object.fromEntries(shown.map(([name, member]) => [name, scrubbed(member, name)]))
}

function textOf(text: string): string {
  const lines = text.split('\n')
  const cut = lines.length > MAX_LINES ? `${lines.slice(0, MAX_LINES).join('\n')}\n` : text
  return cut.replace(/127\.0\.0\.1:\d{2,5}/g, '127.0.0.1:8080')
}

function withOrigin(value: unknown, index: number): unknown {
  if (typeof value !== 'object' || value === null || !('origin' in value)) return value
  return { ...value, origin: `http://127.0.0.1:${8100 + index}` }
}
