import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { getContractJson, getContractYaml, getDocs, getDocsPage } from '../../shared/api/docs.ts'
import { mustFit } from '../../shared/judged.ts'
import { problem } from '../../shared/problem.ts'
import type { LocalAnswer } from '../forward.ts'

interface DocsFile {
  readonly type: string
  readonly body: Buffer
  readonly etag: string
}

const HTML = 'text/html; charset=utf-8'
const CSS = 'text/css; charset=utf-8'
const SCRIPT = 'text/javascript; charset=utf-8'

const here = import.meta.dirname
const contracts = join(here, '../../docs')
const swagger = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))

/** The pages made by `npm run docs:openapi`. */
export const PAGE_NAMES = [
  'problems',
  'status-codes',
  'rate-limits',
  'constants',
  'symbols',
] as const

/**
 * Nothing but what the proxy itself serves. Swagger UI writes styles and small pictures into the page; scripts stay
 * this proxy's own.
 */
const SAFETY = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  // who has it asks whether it is still this one: a contract that is out of date misleads
  'cache-control': 'no-cache',
} as const

function fileAt(path: string, type: string): DocsFile {
  const body = readFileSync(path)
  return { type, body, etag: `"${createHash('sha1').update(body).digest('base64url')}"` }
}

/** By operation id: the contract, Swagger UI over it, and the pages beside it. @throws when a file is missing */
export function docsAnswers(): Readonly<Record<string, LocalAnswer>> {
  const json = fileAt(join(contracts, 'openapi.json'), 'application/json; charset=utf-8')
  const yaml = fileAt(join(contracts, 'openapi.yaml'), 'application/yaml; charset=utf-8')
  const page = fileAt(join(here, 'swagger.html'), HTML)
  const files = new Map<string, DocsFile>([
    ['swagger-ui.css', fileAt(join(swagger, 'swagger-ui.css'), CSS)],
    ['swagger-ui-bundle.js', fileAt(join(swagger, 'swagger-ui-bundle.js'), SCRIPT)],
    ['swagger-start.js', fileAt(join(here, 'swagger-start.js'), SCRIPT)],
    ['pages.css', fileAt(join(here, 'pages.css'), CSS)],
    ...PAGE_NAMES.map((name) => [name, fileAt(join(here, 'pages', `${name}.html`), HTML)] as const),
  ])
  return {
    getContractJson: answer(getContractJson, () => json),
    getContractYaml: answer(getContractYaml, () => yaml),
    getDocs: answer(getDocs, () => page),
    getDocsPage: answer(getDocsPage, (request) => {
      const { name } = request.params as { name: string }
      const file = files.get(name)
      if (file !== undefined) return file
      throw problem('REQUEST_UNKNOWN_PATH', {
        detail: `There is no page ${name}; there are ${PAGE_NAMES.join(', ')}`,
      })
    }),
  }
}

function answer(
  { url, schema }: { readonly url: string; readonly schema: { readonly querystring: object } },
  find: (request: FastifyRequest) => DocsFile,
): LocalAnswer {
  return (request: FastifyRequest, reply: FastifyReply) => {
    mustFit(schema.querystring, { ...(request.query as object) }, url)
    const { type, body, etag } = find(request)
    // pages name their parts beside themselves, so that they work below any prefix
    const [path = '', query] = request.originalUrl.split('?', 2)
    if (path.endsWith('/')) {
      const name = path.split('/').at(-2) ?? ''
      return reply.redirect(`../${name}${query === undefined ? '' : `?${query}`}`, 308)
    }
    reply.headers({ ...SAFETY, etag })
    if (request.headers['if-none-match'] === etag) return reply.code(304).send()
    return reply.type(type).send(body)
  }
}
