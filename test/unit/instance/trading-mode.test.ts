import t from 'tap'
import { readConfig } from '../../../instance/config.ts'
import { TradingModes } from '../../../instance/trading-mode.ts'

t.test('before any login the port tells, after it the accounts', (t) => {
  for (const port of [4002, 7497, 4004])
    t.equal(new TradingModes({ configured: undefined, port }).mode, 'paper')
  const modes = new TradingModes({ configured: undefined, port: 4001 })
  t.equal(modes.mode, 'live')
  t.equal(modes.refuses(['DU1', 'DF2', 'DI3']), undefined)
  t.equal(modes.mode, 'paper')
  t.equal(modes.refuses([]), undefined)
  t.equal(modes.mode, 'paper', 'no accounts tell nothing')
  t.equal(modes.refuses(['DU1', 'U2']), undefined)
  t.equal(modes.mode, 'live', 'one live account is enough')
  t.end()
})

t.test(
  'accounts that contradict what was configured are refused; simulated is not checked',
  (t) => {
    const paper = new TradingModes({ configured: 'paper', port: 4001 })
    t.equal(paper.refuses(['DU1']), undefined)
    t.match(paper.refuses(['U1']), /TRADING_MODE is paper.* live: U1/)
    t.equal(paper.mode, 'paper')
    const live = new TradingModes({ configured: 'live', port: 4002 })
    t.equal(live.mode, 'live')
    t.equal(live.refuses(['U1', 'F2']), undefined)
    t.match(live.refuses(['DU1']), /TRADING_MODE is live.* paper: DU1/)
    const simulated = new TradingModes({ configured: 'simulated', port: 4001 })
    t.equal(simulated.refuses(['U1']), undefined)
    t.equal(simulated.mode, 'simulated')
    t.end()
  },
)

t.test('it is one of three words', (t) => {
  t.equal(readConfig({}).tradingMode, undefined)
  t.equal(readConfig({ TRADING_MODE: 'live' }).tradingMode, 'live')
  t.throws(() => readConfig({ TRADING_MODE: 'Live' }), /TRADING_MODE/)
  t.end()
})
