import fc, { type Arbitrary } from 'fast-check'
import { compileValidator } from '../../shared/validation.ts'

/** JSON Schema as far as our declarations use it. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly if?: Schema
  readonly then?: Schema
  readonly else?: Schema
  readonly pattern?: string
  readonly default?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
}

/** What the simulated world knows, so that not every question ends with an unknown contract. */
const KNOWN: Readonly<Record<string, readonly unknown[]>> = {
  symbol: ['AAPL', 'MSFT', 'IBM', 'EUR', 'NOSUCH', 'A B', '*', 'ß'],
  conId: [265598, 1],
  secType: ['STK', 'STK', 'CASH', 'OPT'],
  exchange: ['SMART', 'NASDAQ', 'NOWHERE'],
  currency: ['USD', 'EUR'],
  account: ['DU1', 'DU9'],
  acctCode: ['DU1', 'DU9'],
  clientId: [0, 1, 7],
  durationStr: ['1800 S', '1 D', '2 W', '1 M'],
  endDateTime: ['20260105-15:30:00', '2026-01-05T15:30:00Z', ''],
  lmtPrice: [100, 217.5, 0.0001],
}

const BIGGEST = 1e6
/** So many fields that need not be given are given beside the others. */
const FURTHER_FIELDS = 4
/** Conditions among fields are met after so few corrections, or the value is thrown away. */
const CORRECTIONS = 12

interface Finding {
  readonly keyword: string
  readonly instancePath: string
  readonly params: Readonly<Record<string, unknown>>
}

/** Whether a value fits, as bodies are judged; what does not. */
export function judgeOf(schema: Schema): (value: unknown) => readonly Finding[] {
  const judge = compileValidator({ schema, httpPart: 'body' }) as (value: unknown) => {
    error?: { validation: readonly Finding[] }
  }
  return (value) => judge(structuredClone(value)).error?.validation ?? []
}

/** Values that fit a schema, its conditions included. */
export function fitting(schema: Schema, name = ''): Arbitrary<unknown> {
  if (schema.if !== undefined && schema.then !== undefined && schema.properties === undefined)
    return branches(schema)
  if (schema.const !== undefined) return fc.constant(schema.const)
  const known = KNOWN[name]?.filter((value) => judgeOf(schema)(value).length === 0) ?? []
  if (known.length > 0)
    return fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...known) }, plain(schema, name))
  return plain(schema, name)
}

function branches(schema: Schema): Arbitrary<unknown> {
  const fits = judgeOf(schema)
  const parts = [schema.then, schema.else].filter((part) => part !== undefined)
  return fc.oneof(...parts.map((part) => fitting(part))).filter((value) => fits(value).length === 0)
}

function plain(schema: Schema, name: string): Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema.anyOf !== undefined)
    return fc.oneof(...schema.anyOf.map((part) => fitting(part, name)))
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  switch (type) {
    case 'string':
      return text(schema)
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer(bounds(schema, 1))
    case 'number':
      return fc.oneof(
        fc.integer(bounds(schema, 1)),
        fc.integer(bounds(schema, 1)).map((whole) => Math.max(whole, 1) - 0.25),
      )
    case 'array':
      return fc.array(fitting(schema.items ?? {}, name), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 3, Math.max(3, schema.minItems ?? 0)),
      })
    case 'object':
      return objects(schema)
    default:
      return fc.constant('x')
  }
}

function bounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema, step: number) {
  const low = minimum ?? (exclusiveMinimum === undefined ? -BIGGEST : exclusiveMinimum + step)
  const high = maximum ?? (exclusiveMaximum === undefined ? BIGGEST : exclusiveMaximum - step)
  const [min, max] = [Math.ceil(Math.max(low, -BIGGEST)), Math.floor(Math.min(high, BIGGEST))]
  return { min, max: Math.max(min, max) }
}

function text({
  pattern,
  minLength = 0,
  maxLength = Number.POSITIVE_INFINITY,
}: Schema): Arbitrary<string> {
  if (pattern !== undefined)
    return fc
      .stringMatching(new RegExp(pattern), { size: 'small' })
      .filter((value) => value.length <= maxLength && value.length >= minLength)
  const size = { minLength, maxLength: Math.max(minLength, Math.min(maxLength, 12)) }
  const letters = fc.constantFrom(...'ABCXYZabc019 _.-/&%é')
  return fc.string({ ...size, unit: letters })
}

/** Objects whose conditions are met by giving what is missed and leaving out what is forbidden. */
function objects(schema: Schema): Arbitrary<unknown> {
  const { properties = {}, required = [] } = schema
  const names = Object.keys(properties)
  const fits = judgeOf(schema)
  const all = fc.record(
    Object.fromEntries(names.map((name) => [name, fitting(properties[name] as Schema, name)])),
  ) as Arbitrary<Record<string, unknown>>
  const optional = names.filter((name) => !required.includes(name))
  const chosen = fc.subarray(optional, { maxLength: Math.min(FURTHER_FIELDS, optional.length) })
  return fc
    .tuple(all, chosen)
    .map(([values, further]) => corrected(values, [...required, ...further], fits))
    .filter((value) => fits(value).length === 0)
}

function corrected(
  values: Readonly<Record<string, unknown>>,
  names: readonly string[],
  fits: (value: unknown) => readonly Finding[],
): Record<string, unknown> {
  const value = Object.fromEntries(names.map((name) => [name, values[name]]))
  for (let round = 0; round < CORRECTIONS; round += 1) {
    const [finding] = fits(value).filter(({ keyword }) => keyword !== 'if')
    if (finding === undefined) return value
    const field = finding.instancePath.split('/')[1] ?? ''
    const missing = String(finding.params.missingProperty)
    const allowed = finding.params.allowedValues
    if (finding.keyword === 'required' && field === '') value[missing] = values[missing]
    else if (finding.keyword === 'minProperties') {
      const [another = ''] = Object.keys(values)
      value[another] = values[another]
    } else if (finding.keyword === 'enum' && Array.isArray(allowed)) value[field] = allowed[0]
    else delete value[field]
  }
  return value
}
