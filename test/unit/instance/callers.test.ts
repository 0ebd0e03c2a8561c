import t from 'tap'
import { Caller, callerOf, withoutForeign } from '../../../instance/callers.ts'
import { CALLER_HEADER } from '../../../shared/caller.ts'
import { problem } from '../../../shared/problem.ts'

const trader = { name: 'desk1', scope: 'trade' } as const

t.test('a caller is read from what the proxy says of him', async (t) => {
  const headers = { [CALLER_HEADER]: JSON.stringify({ ...trader, accounts: ['DU1'] }) }
  const caller = callerOf(headers)
  t.match(caller, { name: 'desk1', scope: 'trade', hasAccounts: true, hasSymbols: false })
  t.equal(callerOf(headers), caller, 'once')
  t.equal(callerOf({}), undefined)
})

t.test('what cannot be read is refused: what it was to forbid is not known', async (t) => {
  const wrong = ['', 'desk1', '{}', JSON.stringify({ ...trader, more: 1 }), '{"name":"desk1"}']
  for (const text of wrong)
    t.throws(() => callerOf({ [CALLER_HEADER]: text }), { code: 'REQUEST_UNAUTHORIZED' }, text)
})

t.test('symbols are taken whole, with stars for any characters and nothing else', async (t) => {
  const caller = new Caller({ ...trader, symbols: ['AAPL', 'MS*T', 'BRK.A', 'E*'] })
  for (const symbol of ['AAPL', 'aapl', 'MST', 'MSFT', 'BRK.A', 'ES', 'E'])
    t.equal(caller.trades(symbol), true, symbol)
  for (const symbol of ['AAPLX', 'XAAPL', 'MSF', 'BRKxA', '', 'A', '*'])
    t.equal(caller.trades(symbol), false, symbol)
  t.equal(new Caller(trader).trades('ANY'), true)
  t.equal(new Caller({ ...trader, symbols: [] }).trades('ANY'), false)
})

t.test('what names no account is nobody else’s only where the login has one', async (t) => {
  const caller = new Caller({ ...trader, accounts: ['DU1'] })
  t.equal(caller.seesOrder({ account: 'DU1' }, ['DU1', 'DU2']), true)
  t.equal(caller.seesOrder({ account: 'DU2' }, ['DU1', 'DU2']), false)
  t.equal(caller.seesOrder({ account: null }, ['DU1']), true)
  t.equal(caller.seesOrder({ account: null }, ['DU1', 'DU2']), false)
  t.equal(caller.seesOrder({ account: null }, []), false)
  t.same(caller.visible(['DU1', 'DU2']), ['DU1'])
})

t.test('a problem does not show orders of others', async (t) => {
  const caller = new Caller({ ...trader, accounts: ['DU1'] })
  const of = (account: string) =>
    problem('REQUEST_KEY_REUSED', {
      detail: `order of ${account}`,
      members: { order: { account }, client_id: 3 },
    })
  const own = of('DU1')
  t.equal(withoutForeign(own, caller, []), own)
  const told = withoutForeign(of('DU2'), caller, []).document('x')
  t.match(told, { code: 'REQUEST_KEY_REUSED', status: 422, client_id: 3 })
  t.notMatch(JSON.stringify(told), /DU2/)
})
