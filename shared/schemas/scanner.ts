import { type Static, Type } from 'typebox'
import { NullableString } from './value.ts'

/** A kind of instrument that can be scanned, with the filters it takes. */
export const ScannerInstrument = Type.Object({
  type: Type.String({ description: 'what a scan names as `instrument`, such as STK' }),
  name: NullableString,
  secType: NullableString,
  filters: Type.Array(Type.String()),
})
export type ScannerInstrument = Static<typeof ScannerInstrument>

/** Where can be scanned. `parent` is the location it lies in; null: the top. */
export const ScannerLocation = Type.Object({
  locationCode: Type.String(),
  name: NullableString,
  parent: NullableString,
  instruments: Type.Array(Type.String()),
  access: NullableString,
})
export type ScannerLocation = Static<typeof ScannerLocation>

/** One value of a filter. */
export const ScannerFilterField = Type.Object({
  code: Type.String({ description: 'the tag of the filter option, such as priceAbove' }),
  name: NullableString,
  type: NullableString,
  values: Type.Array(Type.Object({ code: Type.String(), name: NullableString })),
})
export type ScannerFilterField = Static<typeof ScannerFilterField>

/** A filter: one value, or the two ends of a range. */
export const ScannerFilter = Type.Object({
  id: Type.String(),
  category: NullableString,
  access: NullableString,
  fields: Type.Array(ScannerFilterField),
})
export type ScannerFilter = Static<typeof ScannerFilter>

/** What is looked for, and for which instruments. */
export const ScanCode = Type.Object({
  scanCode: Type.String(),
  name: NullableString,
  instruments: Type.Array(Type.String()),
  access: NullableString,
})
export type ScanCode = Static<typeof ScanCode>

/** What can be scanned, where, with which filters, by what (reqScannerParameters). */
export const ScannerParameters = Type.Object({
  instruments: Type.Array(ScannerInstrument),
  locations: Type.Array(ScannerLocation),
  filters: Type.Array(ScannerFilter),
  scanCodes: Type.Array(ScanCode),
})
export type ScannerParameters = Static<typeof ScannerParameters>
