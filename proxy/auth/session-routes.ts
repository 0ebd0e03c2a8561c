import type { FastifyReply, FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import { createSession, endSession, refreshSession } from '../../shared/api/session.ts'
import { judgeOfBody, mustFit } from '../../shared/judged.ts'
import { problem } from '../../shared/problem.ts'
import { SOURCE_REF } from '../../shared/schemas/feed.ts'
import type { Login, Refresh } from '../../shared/schemas/session.ts'
import type { LocalAnswer } from '../forward.ts'
import type { AuthOutcome } from './auth-metrics.ts'
import { credentialIn } from './credential.ts'
import { lockedOut, unbelieved } from './refusals.ts'
import type { Sessions } from './sessions.ts'

const judgeLogin = judgeOfBody(createSession.schema.body)
const judgeRefresh = judgeOfBody(refreshSession.schema.body)

/** Logging in, going on, logging out: what the proxy answers, by operation id. */
export function sessionAnswers(
  sessions: Sessions | undefined,
  count: (outcome: AuthOutcome) => void,
): Readonly<Record<string, LocalAnswer>> {
  return {
    createSession: async (request, reply) => {
      const login = bodyOf<Login>(request, createSession, judgeLogin)
      const outcome = await mustHave(sessions).login(login, request.ip)
      if ('session' in outcome) {
        count('login')
        return told(request, reply.code(201), outcome.session)
      }
      if (outcome.why === 'locked-out') {
        count('login-locked-out')
        throw lockedOut(outcome.until, outcome.limit)
      }
      count('login-wrong')
      throw unbelieved('There is no such user, or the password is another one')
    },
    refreshSession: (request, reply) => {
      const { refreshToken } = bodyOf<Refresh>(request, refreshSession, judgeRefresh)
      const outcome = mustHave(sessions).refresh(refreshToken)
      if ('tokens' in outcome) {
        count('refresh')
        return told(request, reply, outcome.tokens)
      }
      count(outcome.why === 'reused' ? 'refresh-reused' : 'refresh-wrong')
      throw unbelieved(REFRESH_REFUSALS[outcome.why])
    },
    endSession: (request, reply) => {
      mustFit(endSession.schema.querystring, { ...(request.query as object) }, endSession.url)
      const { headers, url = '' } = request.raw
      const id = mustHave(sessions).sessionOf(credentialIn(url, headers) ?? '')
      if (id === undefined)
        throw unbelieved('A session is ended by its access token; a key has no session')
      sessions?.end(id)
      count('logout')
      const ref = refOf(request)
      if (ref !== null) reply.header('source-ref', ref)
      return reply.code(204).send()
    },
  }
}

const REFRESH_REFUSALS = {
  wrong: 'This is no refresh token of a session that lives',
  expired: 'The session is over: log in again',
  reused: 'This refresh token was used before: the session is ended, log in again',
  forgotten: 'This proxy does not know the session, or no longer: log in again',
} as const

/** @throws Problem REQUEST_NOT_IMPLEMENTED */
function mustHave(sessions: Sessions | undefined): Sessions {
  if (sessions !== undefined) return sessions
  throw problem('REQUEST_NOT_IMPLEMENTED', {
    detail: 'Nobody can log in here: USERS_FILE is not set. Call with a key.',
  })
}

/** @throws Problem REQUEST_UNPARSABLE, REQUEST_INVALID; neither repeats what was sent */
function bodyOf<Body>(
  { body, query }: FastifyRequest,
  { url, schema }: { url: string; schema: { querystring: TSchema } },
  judge: ReturnType<typeof judgeOfBody>,
): Body {
  mustFit(schema.querystring, { ...(query as object) }, url)
  let read: unknown
  try {
    read = Buffer.isBuffer(body) ? JSON.parse(body.toString()) : {}
  } catch {
    throw problem('REQUEST_UNPARSABLE', { detail: 'The body is no JSON' })
  }
  judge(read, url)
  return read as Body
}

function refOf({ headers }: FastifyRequest): string | null {
  const given = headers['source-ref'] ?? headers.source_ref
  return typeof given === 'string' && SOURCE_REF.test(given) ? given : null
}

function told(request: FastifyRequest, reply: FastifyReply, document: object): FastifyReply {
  const sourceRef = refOf(request)
  if (sourceRef !== null) reply.header('source-ref', sourceRef)
  return reply.header('cache-control', 'no-store').send({ ...document, sourceRef })
}
