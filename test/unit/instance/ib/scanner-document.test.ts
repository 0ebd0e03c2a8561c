import t from 'tap'
import { scannerParametersOf } from '../../../../instance/ib/scanner-document.ts'
import { readXml } from '../../../../instance/ib/xml.ts'

const xml = `<?xml version="1.0" encoding="UTF-8"?>
<ScanParameterResponse>
<InstrumentList varName="instrumentList">
  <Instrument><name>US Stocks</name><type>STK</type><secType>STK</secType><filters>PRICE,MKTCAP</filters><group>STK.GROUP</group></Instrument>
  <Instrument><name>of no type</name></Instrument>
</InstrumentList>
<LocationTree varName="locationTree">
  <Location><displayName>US Stocks</displayName><locationCode>STK.US</locationCode><instruments>STK</instruments><access>allowed</access>
    <LocationTree varName="locationTree">
      <Location><displayName>Listed</displayName><locationCode>STK.US.MAJOR</locationCode><instruments>STK,STK.X</instruments></Location>
    </LocationTree>
  </Location>
</LocationTree>
<ScanTypeList varName="scanTypeList">
  <ScanType><vendor>ALL</vendor><displayName>Top % Gainers</displayName><scanCode>TOP_PERC_GAIN</scanCode><instruments>STK,FUT.US</instruments></ScanType>
</ScanTypeList>
<FilterList varName="filterList">
  <RangeFilter><id>PRICE</id><category>General</category><access>unrestricted</access>
    <AbstractField type="scanner.filter.DoubleField" varName="min"><code>priceAbove</code><displayName>Price Above</displayName><typeName>double</typeName></AbstractField>
    <AbstractField type="scanner.filter.DoubleField" varName="max"><code>priceBelow</code><displayName>Price Below</displayName></AbstractField>
  </RangeFilter>
  <SimpleFilter><id>STKTYPE</id>
    <AbstractField type="scanner.filter.ComboField" varName="field"><code>stkTypes</code><displayName>Stock Type</displayName>
      <ComboValues varName="values"><ComboValue><code></code><displayName>All</displayName></ComboValue><ComboValue><code>inc:ETF</code><displayName>ETF</displayName></ComboValue></ComboValues>
    </AbstractField>
  </SimpleFilter>
</FilterList>
</ScanParameterResponse>`

t.test(
  'the document of scanner parameters is read: what, where, with what, for what',
  async (t) => {
    t.strictSame(scannerParametersOf(await readXml(xml)), {
      instruments: [
        { type: 'STK', name: 'US Stocks', secType: 'STK', filters: ['PRICE', 'MKTCAP'] },
      ],
      locations: [
        {
          ...{ locationCode: 'STK.US', name: 'US Stocks', parent: null },
          ...{ instruments: ['STK'], access: 'allowed' },
        },
        {
          ...{ locationCode: 'STK.US.MAJOR', name: 'Listed', parent: 'STK.US' },
          ...{ instruments: ['STK', 'STK.X'], access: null },
        },
      ],
      filters: [
        {
          ...{ id: 'PRICE', category: 'General', access: 'unrestricted' },
          fields: [
            { code: 'priceAbove', name: 'Price Above', type: 'double', values: [] },
            { code: 'priceBelow', name: 'Price Below', type: 'DoubleField', values: [] },
          ],
        },
        {
          ...{ id: 'STKTYPE', category: null, access: null },
          fields: [
            {
              ...{ code: 'stkTypes', name: 'Stock Type', type: 'ComboField' },
              values: [{ code: 'inc:ETF', name: 'ETF' }],
            },
          ],
        },
      ],
      scanCodes: [
        {
          ...{ scanCode: 'TOP_PERC_GAIN', name: 'Top % Gainers' },
          ...{ instruments: ['STK', 'FUT.US'], access: null },
        },
      ],
    })
  },
)

t.test('another document is not taken for it', async (t) => {
  const root = await readXml('<ListOfGroups/>')
  t.throws(() => scannerParametersOf(root), /ListOfGroups/)
})
