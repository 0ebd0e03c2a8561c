import { VERSIONS } from '../shared/media.ts'
import { problem } from '../shared/problem.ts'
import type { Service } from '../shared/service.ts'

/** Paths in the plural are kept for who has them written down, since this day (RFC 9745). */
const DEPRECATED_SINCE = '@1764547200'

/** Collections that neighbouring systems call by their plural, and what is read alone there. */
const PLURALS = { '/orders': '/order' } as const
const READ_ALONE = { '/contracts': '/contract', '/accounts': '/account' } as const

/** Where the newest version is; tomorrow that may be another, so the move is never for good. */
const LATEST = '/api/latest'

/** What stays of a path behind its first part. */
function behind(url: string, first: string): string {
  return url.slice(first.length)
}

/**
 * Other addresses of what is here (S4.17): for good, 308 where methods and bodies must stay as they are, 301 where there is
 * only reading; for now 307, from the newest version to the one that is. Versions there are none of are 406.
 */
export function redirect(app: Service): void {
  for (const [plural, path] of Object.entries(PLURALS))
    for (const url of [plural, `${plural}/*`])
      app.all(url, (request, reply) =>
        reply
          .header('deprecation', DEPRECATED_SINCE)
          .redirect(`${path}${behind(request.url, plural)}`, 308),
      )
  for (const [plural, path] of Object.entries(READ_ALONE))
    for (const url of [plural, `${plural}/*`])
      app.get(url, (request, reply) =>
        reply
          .header('deprecation', DEPRECATED_SINCE)
          .redirect(`${path}${behind(request.url, plural)}`, 301),
      )
  for (const url of [LATEST, `${LATEST}/*`])
    app.all(url, (request, reply) =>
      reply.redirect(`/api/${VERSIONS.at(-1)}${behind(request.url, LATEST)}`, 307),
    )
  for (const url of ['/api/:version', '/api/:version/*'])
    app.all(url, (request) => {
      const { version } = request.params as { version: string }
      if (/^v\d+$/.test(version))
        throw problem('REQUEST_NOT_ACCEPTABLE', {
          detail: `There is no version ${version} of this API; there is ${VERSIONS.join(', ')}`,
        })
      throw problem('REQUEST_UNKNOWN_PATH', {
        detail: `There is nothing at ${request.method} ${request.url}; GET / lists every path`,
      })
    })
}
