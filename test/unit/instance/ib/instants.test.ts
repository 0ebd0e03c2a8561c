import t from 'tap'
import {
  instantOf,
  readCallerStart,
  readCallerTime,
  readGatewayTime,
  writeGatewayTime,
} from '../../../../instance/ib/instants.ts'

t.test('gateway times are read in every spelling a gateway uses', async (t) => {
  const cases: Record<string, string | undefined> = {
    '20250415-13:30:00': '2025-04-15T13:30:00.000Z',
    '20250415 09:30:00 US/Eastern': '2025-04-15T13:30:00.000Z',
    '20250115 09:30:00 US/Eastern': '2025-01-15T14:30:00.000Z',
    '20250415  19:38:30 British Summer Time': '2025-04-15T18:38:30.000Z',
    '20250415 15:30:00 Europe/Berlin': '2025-04-15T13:30:00.000Z',
    '1767600000': '2026-01-05T08:00:00.000Z',
    '20250415': undefined,
    '20250415 09:30:00': undefined,
    '20250415 09:30:00 Middle-earth': undefined,
    '20251341-09:30:00': undefined,
    '': undefined,
  }
  for (const [text, expected] of Object.entries(cases))
    t.equal(readGatewayTime(text)?.datetime, expected, text)
})

t.test('an hour that clocks show twice or never is still read as a moment', async (t) => {
  t.ok(readGatewayTime('20251102 01:30:00 US/Eastern'))
  t.ok(readGatewayTime('20250309 02:30:00 US/Eastern'))
})

t.test("callers may write IB's spellings or ISO 8601; without a zone it is UTC", async (t) => {
  const cases: Record<string, string | undefined> = {
    '20260105-15:30:00': '2026-01-05T15:30:00.000Z',
    '20260105 15:30:00': '2026-01-05T15:30:00.000Z',
    '20260105 10:30:00 US/Eastern': '2026-01-05T15:30:00.000Z',
    '20260105': '2026-01-05T23:59:59.000Z',
    '2026-01-05T15:30:00Z': '2026-01-05T15:30:00.000Z',
    '2026-01-05T16:30:00+01:00': '2026-01-05T15:30:00.000Z',
    '2026-01-05T15:30:00': '2026-01-05T15:30:00.000Z',
    '20260231-10:00:00': undefined,
    '20260105 10:30:00 Nowhere/Land': undefined,
    '2026-13-05T15:30:00': undefined,
  }
  for (const [text, expected] of Object.entries(cases))
    t.equal(readCallerTime(text)?.toISOString(), expected, text)
})

t.test('times are written in UTC, as every gateway reads them', async (t) => {
  t.equal(writeGatewayTime(new Date('2026-01-05T15:30:00.750Z')), '20260105-15:30:00')
  t.same(instantOf(1.5), { datetime: '1970-01-01T00:00:01.500Z', timestamp: 1.5 })
})

t.test(
  'a bare day begins at midnight where something starts, and ends a day where it stops',
  async (t) => {
    t.equal(readCallerStart('20261110')?.toISOString(), '2026-11-10T00:00:00.000Z')
    t.equal(readCallerTime('20261110')?.toISOString(), '2026-11-10T23:59:59.000Z')
    t.equal(readCallerStart('20261110-15:00:00')?.toISOString(), '2026-11-10T15:00:00.000Z')
    t.equal(readCallerStart('20260231'), undefined)
  },
)
