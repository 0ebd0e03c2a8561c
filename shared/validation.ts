import { Ajv, type ErrorObject, type Options } from 'ajv'
import addFormats from 'ajv-formats'
import type { FastifySchemaValidationError } from 'fastify'
import type { FieldError } from './schemas/problem.ts'

const options: Options = {
  ...{ allErrors: true, useDefaults: true, strict: false, verbose: true },
  // shortening the code of large schemas takes a process longer than it ever saves
  code: { optimize: false },
}

function judge(extra: Options): Ajv {
  const ajv = new Ajv({ ...options, ...extra })
  addFormats.default(ajv)
  return ajv
}

/** Texts of a URL or header mean numbers and truth values: they are coerced. */
const texts = judge({ coerceTypes: 'array' })
/** JSON says what it means: `{"symbol": 5}` is a mistake, not "5" (S2.11). */
const bodies = judge({})

interface Schema {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly then?: Schema
  readonly else?: Schema
}

const NUMERIC = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i

/** Truth values as texts; IB and the IBREST of 2017 write them as numbers (S0.s1). */
const TRUTHS: ReadonlyMap<unknown, boolean> = new Map([
  ['true', true],
  ['false', false],
  ['1', true],
  ['0', false],
])

function readText(type: Schema['type'], text: string): unknown {
  if ((type === 'number' || type === 'integer') && NUMERIC.test(text)) return Number(text)
  if (type === 'boolean') return TRUTHS.get(text) ?? text
  return text
}

/** What a schema says of a member, in whichever of its branches. */
function memberOf(schema: Schema, name: string): Schema | undefined {
  const { properties, then, else: otherwise } = schema
  if (properties !== undefined && Object.hasOwn(properties, name)) return properties[name]
  return (otherwise && memberOf(otherwise, name)) ?? (then && memberOf(then, name))
}

/** What a schema says of the items of a list, in whichever of its branches. */
function itemsOf({ items, then, else: otherwise }: Schema): Schema | undefined {
  return items ?? (otherwise && itemsOf(otherwise)) ?? (then && itemsOf(then))
}

/** Numbers and truth values may come as texts in bodies too (S3.10, S3.25); nothing else is bent. */
function readTexts(schema: Schema | undefined, value: unknown): unknown {
  if (schema === undefined) return value
  if (typeof value === 'string') return readText(schema.type, value)
  if (Array.isArray(value)) {
    const items = itemsOf(schema)
    for (const [index, item] of value.entries()) value[index] = readTexts(items, item)
  } else if (typeof value === 'object' && value !== null) {
    const members = value as Record<string, unknown>
    for (const [name, member] of Object.entries(members)) {
      members[name] = readTexts(memberOf(schema, name), member)
    }
  }
  return value
}

/** The judge of what is told in texts: the query, path and header fields. */
function compileTexts(schema: Schema) {
  const validate = texts.compile(schema)
  const truths = Object.entries(schema.properties ?? {})
    .filter(([, { type }]) => type === 'boolean')
    .map(([name]) => name)
  if (truths.length === 0) return validate
  const judge = Object.assign(
    (given: unknown): boolean => {
      const values = given as Record<string, unknown>
      for (const name of truths) {
        const truth = TRUTHS.get(values[name])
        if (truth !== undefined) values[name] = truth
      }
      const fits = validate(values)
      judge.errors = validate.errors ?? null
      return fits
    },
    { errors: null as ErrorObject[] | null },
  )
  return judge
}

/** The judge of one part of a request, for Fastify's `setValidatorCompiler`. */
export function compileValidator(part: { schema: unknown; httpPart?: string }) {
  const schema = part.schema as Schema
  if (part.httpPart !== 'body') return compileTexts(schema)
  const validate = bodies.compile(schema)
  return (body: unknown) =>
    validate(readTexts(schema, body)) ? { value: body } : { error: refusal(validate.errors ?? []) }
}

/** What Fastify recognises as its own validation error. */
function refusal(findings: readonly ErrorObject[]): Error & { validation: readonly ErrorObject[] } {
  return Object.assign(new Error('the body is invalid'), { validation: findings })
}

type Code = FieldError['code']

const typeCodes: Readonly<Record<string, Code>> = {
  string: 'not_string',
  number: 'not_numeric',
  integer: 'not_integer',
  boolean: 'not_boolean',
  object: 'not_object',
  array: 'not_array',
}

function codesOf(error: FastifySchemaValidationError & { data?: unknown }): readonly Code[] {
  const { keyword, params, data } = error
  switch (keyword) {
    case 'required':
      return ['missing']
    case 'type': {
      const wanted = String(params.type).split(',')[0] ?? ''
      if (wanted === 'integer' && typeof data !== 'number' && Number.isNaN(Number(data)))
        return ['not_numeric']
      return [typeCodes[wanted] ?? 'bad_format']
    }
    case 'exclusiveMinimum':
    case 'minimum': {
      if (params.limit !== 0) return ['too_small']
      if (data === 0) return ['is_zero']
      return keyword === 'minimum' ? ['is_negative'] : ['is_negative', 'not_positive']
    }
    case 'minLength':
    case 'minItems':
      return ['too_small']
    case 'maximum':
    case 'exclusiveMaximum':
    case 'maxLength':
    case 'maxItems':
    case 'maxProperties':
      return ['too_large']
    case 'enum':
    case 'const':
    case 'additionalProperties':
    case 'not':
      return ['not_allowed']
    default:
      return ['bad_format']
  }
}

const sentences: Partial<Record<Code, string>> = {
  missing: 'is required',
  not_string: 'should be a valid string',
  not_numeric: 'must be a number',
  not_integer: 'must be an integer',
  not_boolean: 'must be true or false',
  not_object: 'must be an object',
  not_array: 'must be a list',
  is_zero: 'must be greater than zero',
  is_negative: 'must not be negative',
  not_positive: 'must be greater than zero',
}

function sentenceOf(code: Code, error: FastifySchemaValidationError): string {
  if (error.keyword === 'additionalProperties') return 'is not a known field'
  const { description } = (error as { parentSchema?: { description?: string } }).parentSchema ?? {}
  if (error.keyword === 'not' && description !== undefined) return description
  if (error.keyword === 'pattern' && description !== undefined)
    return `has the wrong form; ${description}`
  const allowed = error.params.allowedValues
  if (Array.isArray(allowed)) return `must be one of ${allowed.join(', ')}`
  return sentences[code] ?? error.message ?? 'is invalid'
}

/** Conditional keywords repeat what their branches already said. */
const echoes = new Set(['if', 'anyOf', 'oneOf', 'allOf'])

/** Ajv's findings as our closed list: every wrong field at once, each with what would be right. */
export function toFieldErrors(
  findings: readonly FastifySchemaValidationError[],
  endpoint: string,
): FieldError[] {
  const errors = findings
    .filter((finding) => !echoes.has(finding.keyword))
    .flatMap((finding) => {
      const named = finding.params.missingProperty ?? finding.params.additionalProperty
      const pointer =
        named === undefined ? finding.instancePath : `${finding.instancePath}/${named}`
      const field = pointer.slice(1).replaceAll('/', '.') || 'body'
      return codesOf(finding).map((code) => ({
        endpoint,
        field,
        code,
        detail: `${field} ${sentenceOf(code, finding)}`,
        pointer,
      }))
    })
  const seen = new Set<string>()
  return errors.filter(({ field, code }) => {
    const key = `${field} ${code}`
    return !seen.has(key) && seen.add(key)
  })
}

/** Judges any value against a schema outside a request (the environment); the findings, or none. */
export function findingsOf(schema: object, value: unknown): ErrorObject[] {
  return texts.validate(schema, value) ? [] : [...(texts.errors ?? [])]
}
