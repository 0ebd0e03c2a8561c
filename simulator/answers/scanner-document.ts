import { type Element, element, xmlText } from '../wire/xml.ts'
import { scanFilters, scanInstruments, scanLocations, scanTypes } from '../world/scan-rows.ts'

function leaves(of: Readonly<Record<string, string | number>>): Element[] {
  return Object.entries(of).map(([name, value]) => element(name, {}, value))
}

function instrumentList(): Element {
  const filters = [...scanFilters.map(({ id }) => id), 'STKTYPE'].join(',')
  return element(
    'InstrumentList',
    { varName: 'instrumentList' },
    ...scanInstruments.map(({ type, name, secTypes }) =>
      element(
        'Instrument',
        {},
        ...leaves({ name, type, secType: secTypes[0], filters, group: `${type}.GROUP` }),
        ...leaves({ shortName: name, cloudScanNotSupported: 'false' }),
      ),
    ),
  )
}

function locationElement({ code, name }: (typeof scanLocations)[number]): Element {
  const inside = scanLocations.filter(
    ({ code: other, parent }) => parent === code && other !== code,
  )
  return element(
    'Location',
    {},
    ...leaves({ displayName: name, locationCode: code, instruments: code.split('.')[0] as string }),
    ...leaves({ routeExchange: code.split('.').at(-1) as string, access: 'unrestricted' }),
    ...(inside.length === 0
      ? []
      : [element('LocationTree', { varName: 'locationTree' }, ...inside.map(locationElement))]),
  )
}

function locationTree(): Element {
  const codes = scanLocations.map(({ code }) => code)
  const roots = scanLocations.filter(
    ({ code, parent }) => parent === code || !codes.includes(parent),
  )
  return element('LocationTree', { varName: 'locationTree' }, ...roots.map(locationElement))
}

function scanTypeList(): Element {
  const all = scanInstruments.map(({ type }) => type).join(',')
  return element(
    'ScanTypeList',
    { varName: 'scanTypeList' },
    ...scanTypes.map(({ code, name, isForStocks, up }) =>
      element(
        'ScanType',
        {},
        ...leaves({ vendor: 'ALL', displayName: name, scanCode: code }),
        ...leaves({ instruments: isForStocks === true ? 'STK' : all }),
        ...leaves({ absoluteColumns: 'false', supportsSorting: 'true' }),
        ...leaves({ respSizeLimit: 2147483647, snapshotSizeLimit: 2147483647 }),
        ...leaves({ searchName: name, access: 'unrestricted', delayedAvail: 'true' }),
        ...leaves({ sortAscending: String(up === true) }),
      ),
    ),
  )
}

function filterField(varName: string, code: string, displayName: string): Element {
  return element(
    'AbstractField',
    { type: 'scanner.filter.DoubleField', varName },
    ...leaves({ code, displayName, dontAllowClearAll: 'false', abbrev: displayName }),
    ...leaves({ acceptNegatives: 'true', dontAllowNegative: 'false', typeName: 'double' }),
  )
}

function filterList(): Element {
  const ranges = scanFilters.map(({ id, name, above, below }) =>
    element(
      'RangeFilter',
      {},
      ...leaves({ id, category: 'General', access: 'unrestricted' }),
      element('Columns', { varName: 'columns' }),
      filterField('min', above, `${name} Above`),
      filterField('max', below, `${name} Below`),
    ),
  )
  const kinds = [
    ['inc:CORP', 'Corporation'],
    ['inc:ETF', 'ETF'],
  ].map(([code = '', name = '']) =>
    element('ComboValue', {}, ...leaves({ code, displayName: name })),
  )
  return element(
    'FilterList',
    { varName: 'filterList' },
    ...ranges,
    element(
      'SimpleFilter',
      {},
      ...leaves({ id: 'STKTYPE', category: 'General', access: 'unrestricted' }),
      element(
        'AbstractField',
        { type: 'scanner.filter.ComboField', varName: 'field' },
        ...leaves({ code: 'stkTypes', displayName: 'Stock Type' }),
        element('ComboValues', { varName: 'values' }, ...kinds),
      ),
    ),
  )
}

/** What can be scanned, where, by what, and with which filters: the answer to reqScannerParameters. */
export function scannerDocument(): string {
  return xmlText(
    element(
      'ScanParameterResponse',
      {},
      instrumentList(),
      locationTree(),
      scanTypeList(),
      element('SettingList', { varName: 'settingList' }),
      filterList(),
      element('ScannerLayoutList', { varName: 'scannerLayoutList' }),
      element('InstrumentGroupList', { varName: 'instrumentGroupList' }),
      element('SimilarProductsDefaults', { varName: 'similarProductsDefaults' }),
      element('MainScreenDefaultTickers', { varName: 'mainScreenDefaultTickers' }),
      element('ColumnSets', { varName: 'columnSets' }),
      element('SidecarScannerDefaults', { varName: 'sidecarScannerDefaults' }),
    ),
  )
}
