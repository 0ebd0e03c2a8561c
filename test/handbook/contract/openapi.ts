import { Analysis } from '../../../instance/analysis.ts'
import { urlsOf } from '../../../shared/api/index.ts'
import type { Operation } from '../../../shared/api/operation.ts'
import { scopeOf } from '../../../shared/api/scope.ts'
import { ProblemDocument } from '../../../shared/schemas/problem.ts'
import type { Examples } from './examples.ts'
import { answerFields, isAnalyzable, requestFields } from './header-fields.ts'
import { type Nouns, named } from './nouns.ts'
import { type KnownProblem, knownProblems, problemByCode } from './problem-table.ts'
import { ANYWHERE, problemsOf } from './problems-of.ts'
import { CLOSER, preamble, representationsOf, TAGS } from './wording.ts'

export const JSON_TYPE = 'application/json'
export const PROBLEM_TYPE = 'application/problem+json'
const PROBLEM_SCHEMA = { $ref: '#/components/schemas/ProblemDocument' }

/** What the contract is made from. */
export interface Sources {
  readonly operations: readonly Operation[]
  readonly version: string
  readonly nouns: Nouns
  readonly examples: Examples
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, Record<string, unknown>>>
  readonly required?: readonly string[]
}

/** The contract of these operations as an OpenAPI 3.1 document. */
export function openApi(sources: Sources): Record<string, unknown> {
  const { operations, version, nouns } = sources
  const paths: Record<string, Record<string, unknown>> = {}
  for (const operation of operations) {
    for (const [place, url] of urlsOf(operation).entries()) {
      const template = url.replace(/:(\w+)/g, '{$1}')
      paths[template] = {
        ...paths[template],
        [operation.method.toLowerCase()]: described(operation, place, sources),
      }
    }
  }
  const tags = [...new Set(operations.map(({ tag }) => tag))]
  return withoutIdleNouns({
    openapi: '3.1.0',
    info: { title: 'IBREST', version, license: { name: 'MIT', identifier: 'MIT' }, ...preamble },
    servers: [{ url: '/', description: 'the proxy' }],
    security: [{}, { bearer: [] }, { apiKey: [] }],
    tags: tags.map((name) => ({ name, description: TAGS[name] ?? name })),
    paths,
    components: {
      schemas: Object.fromEntries(
        [...nouns.values()]
          .sort((one, other) => one.name.localeCompare(other.name))
          .map(({ name, schema }) => [name, named(schema, nouns, true)]),
      ),
      parameters: Object.fromEntries(
        Object.entries(requestFields).map(([id, { name, description, schema }]) => [
          id,
          { in: 'header', name, description, schema },
        ]),
      ),
      headers: Object.fromEntries(
        Object.entries(answerFields).map(([id, { description }]) => [
          id,
          { description, schema: { type: 'string' } },
        ]),
      ),
      examples: Object.fromEntries(
        knownProblems.map(({ code, title, example }) => [code, { summary: title, value: example }]),
      ),
      responses: {
        Problem: {
          description: `Any other problem: ${ANYWHERE.join(', ')}`,
          content: problemContent(ANYWHERE),
        },
        ...Object.fromEntries(
          knownProblems.map((known) => [
            known.code,
            { description: sentenceOf(known), content: problemContent([known.code]) },
          ]),
        ),
      },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'an API key or the token of a session, where keys are asked for',
        },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
    },
  })
}

interface Document extends Record<string, unknown> {
  readonly components: { readonly schemas: Record<string, unknown> } & Record<string, unknown>
}

/** Leaves out schemas that nothing refers to, and then those that only they referred to. */
function withoutIdleNouns(document: Document): Document {
  const { schemas } = document.components
  const text = JSON.stringify(document)
  const used = Object.entries(schemas).filter(([name]) =>
    text.includes(`"#/components/schemas/${name}"`),
  )
  if (used.length === Object.keys(schemas).length) return document
  const components = { ...document.components, schemas: Object.fromEntries(used) }
  return withoutIdleNouns({ ...document, components })
}

function described(operation: Operation, place: number, sources: Sources): object {
  const { operationId, tag, summary, schema, traffic, pacing, ib, feed, owner } = operation
  return {
    operationId: place === 0 ? operationId : `${operationId}Alias${place}`,
    ...(place > 0 && { deprecated: true }),
    tags: [tag],
    summary: summary.length <= 120 ? summary : (summary.split(/[:;(]/, 1)[0] as string).trim(),
    description: descriptionOf(operation),
    parameters: [
      ...parametersIn('path', schema.params, sources.nouns),
      ...parametersIn('query', schema.querystring, sources.nouns),
      ...Object.entries(requestFields)
        .filter(([, { heededBy }]) => heededBy(operation))
        .map(([id]) => ({ $ref: `#/components/parameters/${id}` })),
    ],
    ...(schema.body !== undefined && { requestBody: bodyOf(operation, sources) }),
    responses: answersOf(operation, sources),
    ...securityOf(operation),
    'x-traffic': traffic,
    ...(owner !== undefined && { 'x-owner': owner === 'feed' ? (feed?.owner ?? owner) : owner }),
    ...(pacing !== undefined && { 'x-pacing': pacing }),
    ...(ib !== undefined && {
      'x-ib-request': ib.request,
      'x-ib-callbacks': ib.callbacks,
      'x-ib-end': ib.end,
    }),
  }
}

/** Who may call. Nobody has to say who he is where there are neither keys nor users. */
function securityOf(operation: Operation): object {
  const scope = scopeOf(operation)
  const named = scope === 'open' ? [] : [{ bearer: [scope] }, { apiKey: [scope] }]
  return { 'x-scope': scope, security: [...named, {}] }
}

const WAYS: Readonly<Record<Operation['traffic'], string>> = {
  leased: 'Has a client to itself until it has finished, or waits in line for one.',
  owned: 'Goes to the one client that owns what it names, past the line.',
  gathered: 'Asks every client and joins what they answer.',
  local: 'Answered by the proxy itself.',
}

function descriptionOf({ summary, traffic, ib, feed, method }: Operation): string {
  const asked =
    ib === undefined || ib.request.length === 0
      ? 'IB is not asked.'
      : `IB: ${ib.request.join(', ')} → ${ib.callbacks.join(', ')}${ib.end === null ? '' : `, until ${ib.end}`}.`
  const required = (feed?.question as ObjectSchema | undefined)?.required ?? []
  const together =
    method === 'POST' && required.length > 0
      ? [`Required, in the body or the query: ${required.join(', ')}.`]
      : []
  return [`${summary}.`, WAYS[traffic], asked, ...together].join('\n\n')
}

function parametersIn(place: 'path' | 'query', schema: unknown, nouns: Nouns): object[] {
  const { properties = {}, required = [] } = (schema ?? {}) as ObjectSchema
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = property
    const isRequired = place === 'path' || (required.includes(name) && !('default' in property))
    return {
      ...{ in: place, name, required: isRequired },
      ...(description !== undefined && { description }),
      schema: named(rest, nouns),
    }
  })
}

function bodyOf({ schema, operationId, feed }: Operation, { nouns, examples }: Sources): object {
  const recorded = examples[operationId] ?? {}
  // what makes something new is what most come for
  const sent = [201, 200, ...Object.keys(recorded)]
    .map((status) => recorded[status])
    .find((example) => example?.body !== undefined)
  // what may all be said in the query needs no body, and a reason none either
  const isNeeded =
    feed === undefined && !('reason' in ((schema.body as ObjectSchema).properties ?? {}))
  return {
    required: isNeeded,
    content: {
      [JSON_TYPE]: {
        schema: named(schema.body, nouns),
        ...(sent !== undefined && { example: sent.body }),
      },
    },
  }
}

function answersOf(operation: Operation, { nouns, examples }: Sources): object {
  const { schema, operationId, socket } = operation
  const answers = new Map<number, object>()
  if (socket) answers.set(101, { description: 'A WebSocket from here on' })
  for (const [code, answer] of Object.entries(schema.response)) {
    const status = Number(code)
    if ((answer as unknown) === ProblemDocument) continue
    answers.set(status, {
      description: STATUS_WORDS[status] ?? 'Done',
      headers: headersOf(operation, status),
      ...(!BODILESS.has(status) && {
        content: contentOf(operation, status, answer, nouns, examples),
      }),
    })
  }
  const trial = examples[operationId]?.[200]?.answer
  if (isAnalyzable(operation) && !answers.has(200))
    answers.set(200, {
      description: 'Only analyzed, nothing was sent',
      headers: headersOf(operation, 200),
      content: {
        [JSON_TYPE]: {
          schema: named(Analysis, nouns),
          ...(trial !== undefined && { example: trial }),
        },
      },
    })
  const byStatus = new Map<number, KnownProblem[]>()
  for (const code of problemsOf(operation)) {
    const known = knownOf(code, operationId)
    byStatus.set(known.status, [...(byStatus.get(known.status) ?? []), known])
  }
  for (const [status, known] of byStatus) {
    const recorded = examples[operationId]?.[status]?.answer
    const single = known.length === 1 && recorded === undefined ? known[0] : undefined
    // a status that is no problem where the operation declares it, such as /clients with no client
    if (answers.has(status)) continue
    answers.set(
      status,
      single !== undefined
        ? { $ref: `#/components/responses/${single.code}` }
        : {
            description: known.map(sentenceOf).join('; '),
            headers: headersOf(operation, status),
            content: problemContent(
              known.map(({ code }) => code),
              recorded,
            ),
          },
    )
  }
  for (const status of Object.keys(schema.response).map(Number))
    if (!answers.has(status)) answers.set(status, { $ref: '#/components/responses/Problem' })
  const sorted = [...answers].sort(([one], [other]) => one - other)
  return {
    ...Object.fromEntries(sorted.map(([status, answer]) => [String(status), answer])),
    default: { $ref: '#/components/responses/Problem' },
  }
}

/** Answers that are their header. */
const BODILESS: ReadonlySet<number> = new Set([204, 304])

const STATUS_WORDS: Readonly<Record<number, string>> = {
  200: 'Done',
  201: 'IB has acknowledged it',
  202: 'Not known to be done yet: look again, or send it again under its key',
  204: 'Done, and nothing to tell',
  206: 'The part that `Range` asked for',
  304: 'What you have is still what it is',
  503: 'None is usable',
}

function contentOf(
  operation: Operation,
  status: number,
  schema: unknown,
  nouns: Nouns,
  examples: Examples,
): object {
  const recorded = examples[operation.operationId]?.[status]?.answer
  const [first = JSON_TYPE, ...others] = representationsOf(operation)
  const example = recorded === undefined ? {} : { example: recorded }
  const told = named(CLOSER[operation.operationId] ?? schema, nouns)
  const isTried = status === 200 && isAnalyzable(operation)
  const json = isTried ? { anyOf: [told, named(Analysis, nouns)] } : told
  return {
    [first]: {
      schema: first === JSON_TYPE ? json : { type: 'string' },
      ...example,
    },
    ...Object.fromEntries(others.map((type) => [type, { schema: { type: 'string' } }])),
  }
}

function headersOf(operation: Operation, status: number): object {
  return Object.fromEntries(
    Object.entries(answerFields)
      .filter(([, { on }]) => on(operation, status))
      .map(([id, { name }]) => [name, { $ref: `#/components/headers/${id}` }]),
  )
}

function knownOf(code: string, operationId: string): KnownProblem {
  const known = problemByCode.get(code)
  if (known === undefined) throw new Error(`${operationId}: there is no problem ${code}`)
  return known
}

function sentenceOf({ code, title }: KnownProblem): string {
  return `${code}: ${title}`
}

/** Problem documents of these codes; what was recorded comes first. */
function problemContent(codes: readonly string[], recorded?: unknown): object {
  const references = codes.map((code) => [code, { $ref: `#/components/examples/${code}` }] as const)
  const told = recorded as { code: string; title: string } | undefined
  return {
    [PROBLEM_TYPE]: {
      schema: PROBLEM_SCHEMA,
      examples: {
        ...(told && { [told.code]: { summary: told.title, value: told } }),
        ...Object.fromEntries(references.filter(([code]) => code !== told?.code)),
      },
    },
  }
}
