import { Type } from 'typebox'

/** A number, or `null` where IB left it unset (F10, S4.3: null, never a sentinel, never omitted). */
export const NullableNumber = Type.Unsafe<number | null>({ type: ['number', 'null'] })
/** A whole number, or `null` where IB left it unset. */
export const NullableInteger = Type.Unsafe<number | null>({ type: ['integer', 'null'] })
/** A text, or `null` where IB sent none. */
export const NullableString = Type.Unsafe<string | null>({ type: ['string', 'null'] })
/** A truth value, or `null` where IB said nothing. */
export const NullableBoolean = Type.Unsafe<boolean | null>({ type: ['boolean', 'null'] })
/** An instant as UTC ISO 8601 text, or `null`. */
export const NullableInstant = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  description: 'UTC, ISO 8601',
})
/** One of a closed list of words. */
export function OneOf<const Words extends readonly string[]>(
  words: Words,
  options: { readonly description?: string; readonly default?: Words[number] } = {},
) {
  return Type.Unsafe<Words[number]>({ type: 'string', enum: words, ...options })
}
