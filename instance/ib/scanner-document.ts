import type {
  ScannerFilter,
  ScannerFilterField,
  ScannerLocation,
  ScannerParameters,
} from '../../shared/schemas/scanner.ts'
import { childOf, childrenOf, insideOf, textIn, wordsOf, type XmlElement, XmlError } from './xml.ts'

const ROOT = 'ScanParameterResponse'

/** Locations of a tree, each before what lies in it. */
function* locationsIn(
  tree: XmlElement | undefined,
  parent: string | null,
): Generator<ScannerLocation> {
  for (const location of childrenOf(tree, 'Location')) {
    const locationCode = textIn(location, 'locationCode')
    if (locationCode !== null) {
      yield {
        locationCode,
        name: textIn(location, 'displayName'),
        parent,
        instruments: wordsOf(textIn(location, 'instruments')),
        access: textIn(location, 'access'),
      }
    }
    yield* locationsIn(childOf(location, 'LocationTree'), locationCode ?? parent)
  }
}

function fieldOf(field: XmlElement): ScannerFilterField[] {
  const code = textIn(field, 'code')
  if (code === null) return []
  const values = [...insideOf(field, 'ComboValue')].flatMap((value) => {
    const valueCode = textIn(value, 'code')
    // an empty code stands for "any"
    return valueCode === null ? [] : [{ code: valueCode, name: textIn(value, 'displayName') }]
  })
  const type = textIn(field, 'typeName') ?? field.attributes.type?.split('.').at(-1) ?? null
  return [{ code, name: textIn(field, 'displayName'), type, values }]
}

function filterOf(filter: XmlElement): ScannerFilter[] {
  const id = textIn(filter, 'id')
  if (id === null) return []
  return [
    {
      id,
      category: textIn(filter, 'category'),
      access: textIn(filter, 'access'),
      fields: childrenOf(filter, 'AbstractField').flatMap(fieldOf),
    },
  ]
}

/** IB's document of what can be scanned → ours. @throws XmlError where it is another document */
export function scannerParametersOf(root: XmlElement): ScannerParameters {
  if (root.name !== ROOT) throw new XmlError(`it is a ${root.name}, not a ${ROOT}`)
  const filters = childrenOf(root, 'FilterList').flatMap(({ children }) => children)
  return {
    instruments: childrenOf(childOf(root, 'InstrumentList'), 'Instrument').flatMap((instrument) => {
      const type = textIn(instrument, 'type')
      if (type === null) return []
      return [
        {
          type,
          name: textIn(instrument, 'name'),
          secType: textIn(instrument, 'secType'),
          filters: wordsOf(textIn(instrument, 'filters')),
        },
      ]
    }),
    locations: [...locationsIn(childOf(root, 'LocationTree'), null)],
    filters: filters.flatMap(filterOf),
    scanCodes: childrenOf(childOf(root, 'ScanTypeList'), 'ScanType').flatMap((scan) => {
      const scanCode = textIn(scan, 'scanCode')
      if (scanCode === null) return []
      return [
        {
          scanCode,
          name: textIn(scan, 'displayName'),
          instruments: wordsOf(textIn(scan, 'instruments')),
          access: textIn(scan, 'access'),
        },
      ]
    }),
  }
}
