/** JSON Schema's keyword, for validators and serialisers. An object with a member of that name looks like a promise where it is awaited: schemas never are. */
const THEN = 'then'

/** JSON Schema's conditional: `when` the first fits the second holds, otherwise the third. */
export function when(condition: object, consequence: object, otherwise?: object) {
  return {
    if: condition,
    [THEN]: consequence,
    ...(otherwise && { else: otherwise }),
  }
}

/** `field` is required where none of the `others` is given. */
export function requiredUnless(field: string, ...others: readonly string[]) {
  return when(
    { not: { anyOf: others.map((other) => ({ required: [other] })) } },
    { required: [field] },
  )
}

/** Members that must not be there, each told why. */
export function forbid(fields: readonly string[], reason: string) {
  return {
    properties: Object.fromEntries(
      fields.map((field) => [field, { not: {}, description: reason }]),
    ),
  }
}
