import { Type } from 'typebox'
import { ProblemDocument } from '../schemas/problem.ts'
import { Login, Refresh, Session, Tokens } from '../schemas/session.ts'
import { operation } from './operation.ts'

const problems = { 401: ProblemDocument, 429: ProblemDocument, 501: ProblemDocument }
const query = Type.Object({}, { additionalProperties: false })

export const createSession = operation({
  operationId: 'createSession',
  method: 'POST',
  url: '/session',
  traffic: 'local',
  onlyProxy: true,
  tag: 'session',
  summary: 'Log in with a name and a password: answers with an access and a refresh token',
  schema: { querystring: query, body: Login, response: { 201: Session, ...problems } },
})

export const refreshSession = operation({
  operationId: 'refreshSession',
  method: 'POST',
  url: '/session/refresh',
  traffic: 'local',
  onlyProxy: true,
  tag: 'session',
  summary: 'The next tokens of a session; a refresh token that comes twice ends it',
  schema: { querystring: query, body: Refresh, response: { 200: Tokens, ...problems } },
})

export const endSession = operation({
  operationId: 'endSession',
  method: 'DELETE',
  url: '/session',
  traffic: 'local',
  onlyProxy: true,
  tag: 'session',
  summary: 'Log out: the tokens of the session that makes this call are worth nothing any more',
  schema: { querystring: query, response: { 204: Type.Null(), ...problems } },
})

export const sessionOperations = [createSession, refreshSession, endSession] as const
