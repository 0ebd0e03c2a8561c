import type { Schema } from './schema-arbitrary.ts'

/** A change that makes a fitting value misfit, and the field that must be named. */
export interface Misfit {
  readonly what: string
  readonly field: string
  readonly value: Record<string, unknown>
}

/** Where the value stands: in JSON, or in texts of a query that mean numbers and truth values. */
type Place = 'body' | 'query'

/** What no text or list of this schema is; undefined where everything fits. */
function wrong(schema: Schema, place: Place): unknown {
  const types = [schema.type ?? []].flat()
  if (schema.enum !== undefined) return place === 'body' && types[0] === 'integer' ? -77 : 'NO SUCH'
  if (schema.pattern !== undefined) return '\u0007 no such form'
  if (types.length !== 1) return undefined
  switch (types[0]) {
    case 'integer':
    case 'number':
      return 'many'
    case 'boolean':
      return 'perhaps'
    case 'string':
      return place === 'body' ? 7 : undefined
    case 'array':
    case 'object':
      return place === 'body' ? 7 : undefined
    default:
      return undefined
  }
}

/** Every way in which one field of a fitting object can be wrong: unknown, missing, of another kind. */
export function misfitsOf(
  schema: Schema,
  fits: Readonly<Record<string, unknown>>,
  place: Place,
): readonly Misfit[] {
  const { properties = {}, required = [] } = schema
  const unknown = { what: 'is unknown', field: 'noSuchField', value: { ...fits, noSuchField: '1' } }
  const missing = required
    .filter((field) => properties[field]?.default === undefined)
    .map((field) => {
      const { [field]: _, ...value } = fits
      return { what: 'is missing', field, value }
    })
  const kinds = Object.entries(properties).flatMap(([field, property]) => {
    const given = wrong(property, place)
    return given === undefined
      ? []
      : [{ what: `is ${String(given)}`, field, value: { ...fits, [field]: given } }]
  })
  return [unknown, ...missing, ...kinds]
}
