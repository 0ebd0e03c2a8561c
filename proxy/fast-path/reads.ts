import { operations, urlsOf } from '../../shared/api/index.ts'
import type { Operation } from '../../shared/api/operation.ts'
import { withoutQuery } from '../../shared/target.ts'
import { placeIn } from '../pin.ts'

/** What is carried to instances and comes back whole; what stays open, or is a page, needs all of Node's server. */
function isCarried({ traffic, socket, feed, produces }: Operation): boolean {
  return traffic !== 'local' && socket !== true && feed === undefined && produces !== 'its own'
}

const fixed = new Map<string, boolean>()
const patterns: string[] = []
for (const operation of operations) {
  if (operation.method !== 'GET') continue
  for (const url of urlsOf(operation)) {
    if (!url.includes(':')) fixed.set(url, isCarried(operation))
    else if (isCarried(operation)) patterns.push(url.replace(/:\w+/g, '[^/]+'))
  }
}
const withParameters = new RegExp(`^(?:${patterns.join('|')})$`)

/** Whether a GET of this target goes the fast path. What is written in an unusual way does not. */
export function takesRead(url: string): boolean {
  let path = withoutQuery(placeIn(url).url)
  if (path.endsWith('/')) path = path.slice(0, -1)
  const known = fixed.get(path)
  if (known !== undefined) return known
  return !path.includes('%') && withParameters.test(path)
}
