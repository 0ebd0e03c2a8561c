import type { IncomingMessage } from 'node:http'

/** `/clients/3/account/positions` → `/account/positions` at client 3; `/clients/3` → its own `/clients`. */
const PINNED = /^\/clients\/(\d{1,9})(\/[^?]*)?(\?.*)?$/
/** What is done *to* a client's place in the pool; an instance knows nothing of it. */
const OPERATED = /^\/clients\/\d{1,9}\/(drain|resume)\/?(\?|$)/
const VERSION_PREFIX = '/api/v1'

const pins = new WeakMap<IncomingMessage, number>()

/** `http://host/path`, as some callers write it: instances are asked for the path. */
function pathIn(target: string): string {
  if (target.startsWith('/') || target === '*') return target
  const { pathname, search } = URL.parse(target) ?? {}
  return pathname === undefined ? target : pathname + search
}

/** A target without what says *where*: the version prefix (C6) and the client a caller pinned the call to. */
export function placeIn(target: string): {
  readonly url: string
  readonly pin: number | undefined
} {
  let url = pathIn(target)
  if (url.startsWith(VERSION_PREFIX) && /^[/?]|^$/.test(url.slice(VERSION_PREFIX.length))) {
    url = url.slice(VERSION_PREFIX.length)
    if (!url.startsWith('/')) url = `/${url}`
  }
  if (!url.startsWith('/clients/') || OPERATED.test(url)) return { url, pin: undefined }
  const match = PINNED.exec(url)
  if (match === null) return { url, pin: undefined }
  const path = match[2] === undefined || match[2] === '/' ? '/clients' : match[2]
  return { url: `${path}${match[3] ?? ''}`, pin: Number(match[1]) }
}

/** Takes that out of a request, so that what it says *what* is routed like any other. */
export function rewriteUrl(request: IncomingMessage): string {
  const { url, pin } = placeIn(request.url ?? '/')
  if (pin !== undefined) pins.set(request, pin)
  return url
}

/** The client a call was pinned to by its path; undefined for most. */
export function pinOf(request: IncomingMessage): number | undefined {
  return pins.get(request)
}
