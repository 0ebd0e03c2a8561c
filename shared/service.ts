import type { ServerOptions as HttpServerOptions, ServerResponse } from 'node:http'
import type { SecureContextOptions } from 'node:tls'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import closeWithGrace from 'close-with-grace'
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerOptions,
  LogController,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify'
import { closeUnusedConnections, endWhenRefused } from './connections.ts'
import { isCrossSite } from './cross-site.ts'
import { ConfigError } from './env.ts'
import type { HostRule } from './hosts.ts'
import { Problem, type ProblemCode, problem } from './problem.ts'
import { readQuery } from './query.ts'
import { givenRequestId, nextRequestId } from './request-id.ts'
import { compileSerializer } from './serialization.ts'
import { isCrooked, whyAmbiguous } from './target.ts'
import { endUnreadable } from './unreadable.ts'
import { compileValidator, toFieldErrors } from './validation.ts'

export type Service = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

export interface ServiceOptions {
  /** `proxy`, `instance-3`: the `name` of every log line */
  readonly name: string
  readonly logLevel: string
  readonly bodyLimitBytes: number
  /** `raw`: bodies are passed on as they came, unread */
  readonly bodies?: 'json' | 'raw'
  readonly rewriteUrl?: NonNullable<FastifyServerOptions['rewriteUrl']>
  readonly maxHeaderBytes?: number
  /** a request whose head, and one that is not whole by then, ms, is given up */
  readonly headerTimeoutMs?: number
  readonly bodyTimeoutMs?: number
  /** by which names callers may call; undefined: any */
  readonly hosts?: HostRule | undefined
  /** pages of these origins may do what programs may */
  readonly allowedOrigins?: ReadonlySet<string>
  /** whose word on the caller's address counts */
  readonly trustProxy?: (address: string) => boolean
  /** with these it speaks TLS only */
  readonly https?: SecureContextOptions
}

/** Where nothing else is said, ms. */
const HEADER_TIMEOUT_MS = 10_000
const BODY_TIMEOUT_MS = 30_000
/** How often slow requests are looked for, ms. */
const SLOW_CHECK_MS = 500

/** All that a request may expect, in any case (RFC 9110 §10.1.1). */
const EXPECTED = '100-continue'

declare module 'fastify' {
  interface FastifyRequest {
    /** Aborts when the caller hangs up before the answer is out. Not Fastify's `request.signal`: that one fires on any POST. */
    callerGone: AbortSignal
    /** `performance.now()` when the call came */
    arrivedAt: number
    /** where its answer goes */
    rawAnswer: ServerResponse
  }
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/**
 * A Fastify app with what both services share: JSON log lines without bodies or secrets, request ids, our judges
 * of input, every error as problem+json, `request.callerGone`.
 */
export function createService(options: ServiceOptions): Service {
  const app = fastify({
    logger: {
      level: options.logLevel,
      base: { name: options.name, pid: process.pid },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
    },
    logController: new LogController({ disableRequestLogging: true }),
    // every line that is about a request names it by itself
    childLoggerFactory: (logger) => logger,
    bodyLimit: options.bodyLimitBytes,
    genReqId: ({ headers }) => givenRequestId(headers) ?? nextRequestId(),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 200, querystringParser: readQuery },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) =>
      void sendProblem(error, request as FastifyRequest, reply as FastifyReply),
    clientErrorHandler: (error, socket) => endUnreadable(error, socket, nextRequestId()),
    requestTimeout: options.bodyTimeoutMs ?? BODY_TIMEOUT_MS,
    ...(options.rewriteUrl && { rewriteUrl: options.rewriteUrl }),
    ...(options.trustProxy && { trustProxy: options.trustProxy }),
    ...serverOptions(options),
  }).withTypeProvider<TypeBoxTypeProvider>()

  app.setValidatorCompiler(compileValidator)
  app.setSerializerCompiler(compileSerializer)
  app.setErrorHandler(sendProblem)
  app.setNotFoundHandler((request) => {
    throw problem('REQUEST_UNKNOWN_PATH', {
      detail: `There is nothing at ${request.method} ${pathOf(request)}; GET / lists every path`,
    })
  })
  if (options.bodies === 'raw') keepRawBodies(app)
  else readJsonBodies(app)
  // further header fields would be left out without a word; the size of the head bounds them
  app.server.maxHeadersCount = 0
  // Node would refuse these without a word
  app.server.on('checkExpectation', (request, reply) => app.server.emit('request', request, reply))
  watchCallers(app, options)
  closeUnusedConnections(app, options.https !== undefined)
  return app
}

/** With an `https` member Fastify makes a TLS server; to its routes it is the same. */
function serverOptions({ maxHeaderBytes, headerTimeoutMs, https }: ServiceOptions): {
  readonly http: HttpServerOptions
} {
  const http = {
    ...(maxHeaderBytes !== undefined && { maxHeaderSize: maxHeaderBytes }),
    headersTimeout: headerTimeoutMs ?? HEADER_TIMEOUT_MS,
    connectionsCheckingInterval: SLOW_CHECK_MS,
    // whyAmbiguous says it in our words
    requireHostHeader: false,
  }
  if (https === undefined) return { http }
  return { https: { ...https, ...http, handshakeTimeout: http.headersTimeout } } as never
}

function pathOf(request: FastifyRequest): string {
  return (request.originalUrl ?? request.url).split('?', 1)[0] ?? ''
}

/** JSON only, and unparsable JSON is 400 in our words; an empty body is no body. */
function readJsonBodies(app: Service): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    /^application\/([\w.+-]+\+)?json/,
    { parseAs: 'string' },
    (request, body, done) => {
      if (body === '') return done(null, undefined)
      // Fastify's own parser guards against prototype poisoning
      void app.getDefaultJsonParser('error', 'error')(request, body as string, done)
    },
  )
}

function keepRawBodies(app: Service): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
}

const callers = new WeakMap<FastifyRequest, AbortSignal>()

/** Made when first asked for: most calls never ask. */
function callerGone(this: FastifyRequest): AbortSignal {
  const known = callers.get(this)
  if (known !== undefined) return known
  const caller = new AbortController()
  const answer = this.rawAnswer
  const leave = () => {
    if (!answer.writableFinished) caller.abort()
  }
  if (answer.destroyed) leave()
  else answer.once('close', leave)
  callers.set(this, caller.signal)
  return caller.signal
}

function watchCallers(app: Service, { hosts, allowedOrigins }: ServiceOptions): void {
  app.decorateRequest('callerGone', { getter: callerGone } as unknown as AbortSignal)
  app.decorateRequest('arrivedAt', 0)
  app.decorateRequest('rawAnswer', null as unknown as ServerResponse)
  app.addHook('onRequest', (request, reply, done) => {
    request.arrivedAt = performance.now()
    request.rawAnswer = reply.raw
    reply.header('x-request-id', request.id)
    if (request.headers.upgrade !== undefined) endWhenRefused(reply.raw)
    const detail = whyAmbiguous(request.originalUrl, request.raw)
    if (detail !== undefined)
      throw problem('REQUEST_MALFORMED', { detail, headers: { connection: 'close' } })
    const { expect } = request.headers
    if (expect !== undefined && expect.toLowerCase() !== EXPECTED)
      throw problem('REQUEST_EXPECTATION', {
        detail: `Expect: ${expect} is not met here, ${EXPECTED} is; nothing was done`,
        headers: { connection: 'close' },
      })
    if (isCrooked(request.originalUrl))
      throw problem('REQUEST_UNKNOWN_PATH', {
        detail: 'A path has no . or .. in it, nor a backslash, however they are written',
      })
    if (hosts !== undefined && !hosts(request.headers.host))
      throw problem('REQUEST_FOREIGN_HOST', {
        detail: 'Nobody here is called by that name; ALLOWED_HOSTS names those that are meant',
      })
    if (isCrossSite(request.method, request.headers, allowedOrigins))
      throw problem('REQUEST_CROSS_SITE', {
        detail:
          'Only programs and pages from this address may change something or open a WebSocket',
      })
    done()
  })
}

const frameworkProblems: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'REQUEST_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'REQUEST_UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'REQUEST_MALFORMED',
  FST_ERR_CTP_INVALID_JSON_BODY: 'REQUEST_UNPARSABLE',
  FST_ERR_BAD_URL: 'REQUEST_MALFORMED',
  FST_ERR_MAX_PARAM_LENGTH: 'REQUEST_MALFORMED',
}

/** What happened, as a problem; anything unforeseen is INTERNAL and keeps its details to the log. */
export function toProblem(error: unknown, request: FastifyRequest): Problem {
  if (error instanceof Problem) return error
  const { code = '', validation, statusCode, message } = error as Partial<FastifyError>
  if (validation !== undefined) {
    return problem('REQUEST_INVALID', fieldsOf(toFieldErrors(validation, pathOf(request))))
  }
  const known = frameworkProblems[code]
  if (known !== undefined)
    return problem(known, { ...(message !== undefined && { detail: message }) })
  if (error instanceof SyntaxError) return problem('REQUEST_UNPARSABLE', { detail: error.message })
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return problem('REQUEST_MALFORMED', { ...(message !== undefined && { detail: message }) })
  }
  return problem('INTERNAL', { cause: error, detail: `See the log for request ${request.id}` })
}

/** The facts of a REQUEST_INVALID problem: every field error, and a sentence made of them. */
export function fieldsOf(errors: ReturnType<typeof toFieldErrors>) {
  return { errors, detail: errors.map(({ detail }) => detail).join('; ') }
}

function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const told = toProblem(error, request)
  if (told.status >= 500)
    request.log.warn({ reqId: request.id, code: told.code, err: told.cause ?? error }, told.message)
  return reply
    .code(told.status)
    .headers(told.headers)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(told.document(request.id))
}

/**
 * Answers 405 with `Allow` for every method a path does not take, and OPTIONS with 204. Call it last, when every
 * route stands.
 */
export function refuseOtherMethods(
  app: Service,
  methodsByUrl: ReadonlyMap<string, readonly string[]>,
): void {
  for (const [url, taken] of methodsByUrl) {
    const allowed = new Set([...taken, 'OPTIONS', ...(taken.includes('GET') ? ['HEAD'] : [])])
    const allow = METHODS.filter((method) => allowed.has(method)).join(', ')
    app.route({
      method: 'OPTIONS',
      url,
      handler: (_, reply) => reply.code(204).header('allow', allow).send(),
    })
    app.route({
      method: METHODS.filter((method) => !allowed.has(method)),
      url,
      handler: (request) => {
        throw problem('REQUEST_METHOD_NOT_ALLOWED', {
          detail: `${pathOf(request)} takes ${allow}, not ${request.method}`,
          headers: { allow },
        })
      },
    })
  }
}

/** What the operator sees when a service cannot start: the reason, never a stack. */
export function startupMessage(
  error: unknown,
  where: { host: string; port: number; variable: string },
): string {
  if (error instanceof ConfigError) return error.message
  const { code, message } = error as NodeJS.ErrnoException
  const place = `${where.host}:${where.port}`
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${where.port} on ${where.host} is taken; free it or set ${where.variable} to another one.`
    case 'EACCES':
      return `Not allowed to listen on ${place}; choose a port above 1023 with ${where.variable}.`
    case 'EADDRNOTAVAIL':
      return `${place} is not an address of this machine; set IBREST_HOST to one that is.`
    default:
      return message
  }
}

/**
 * Runs one process: starts it, and on SIGTERM, SIGINT, the end of its parent or an unforeseen error stops it in order within
 * `graceMs`. A failed start is told in one line and ends with exit code 1.
 */
export async function runProcess(process_: {
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
  readonly log: FastifyBaseLogger
  readonly graceMs: number
  readonly listening: { host: string; port: number; variable: string }
  /** what SIGHUP does where it does not stop the process */
  readonly hangup?: () => void
}): Promise<void> {
  if (process_.hangup !== undefined) process.on('SIGHUP', process_.hangup)
  closeWithGrace(
    {
      delay: process_.graceMs,
      skip: process_.hangup === undefined ? [] : ['SIGHUP'],
      logger: { error: (error) => process_.log.error(error) },
    },
    async ({ err, signal }) => {
      if (err) process_.log.fatal({ err }, 'unforeseen error, shutting down')
      else process_.log.info({ signal }, 'shutting down')
      await process_.stop()
    },
  )
  // started by another process of ours: its end is the end of this one
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
  try {
    await process_.start()
  } catch (error) {
    failStart(startupMessage(error, process_.listening))
  }
}

/** Tells why a start failed and ends the process with exit code 1. */
export function failStart(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
