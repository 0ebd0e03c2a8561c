import t from 'tap'
import { readConfig } from '../../../instance/config.ts'

t.test('without any variable it is client 0 of a paper gateway on this machine', async (t) => {
  t.match(readConfig({}), {
    host: '127.0.0.1',
    port: 3100,
    gateway: { host: '127.0.0.1', port: 4002 },
    clientId: 0,
    slots: 1,
    requestTimeoutMs: 20_000,
    messagesPerSecond: 40,
    reconnectMinMs: 100,
    reconnectMaxMs: 5000,
    ledgerPath: 'data/client-0.sqlite',
  })
})

t.test('the port follows the client id unless it is given', async (t) => {
  t.equal(readConfig({ IBGW_CLIENT_ID: '7' }).port, 3107)
  t.equal(readConfig({ IBGW_CLIENT_ID: '7', IBREST_PORT: '0' }).port, 0)
  t.equal(readConfig({ IBGW_CLIENT_ID: '2147483647' }).port, 65_535)
})

t.test('each client id has a ledger file of its own', async (t) => {
  t.equal(readConfig({ DATA_DIR: '/d', IBGW_CLIENT_ID: '3' }).ledgerPath, '/d/client-3.sqlite')
})

t.test('reads are mirrored and held against IB every minute unless told otherwise', async (t) => {
  t.match(readConfig({}), { isMirrored: true, mirrorRecheckMs: 60_000 })
  const told = { MIRROR: 'off', MIRROR_RECHECK_SECONDS: '0.5' }
  t.match(readConfig(told), { isMirrored: false, mirrorRecheckMs: 500 })
  t.throws(() => readConfig({ MIRROR: 'maybe' }), /MIRROR/)
  t.throws(() => readConfig({ MIRROR_RECHECK_SECONDS: '0' }), /MIRROR_RECHECK_SECONDS/)
})

t.test('every wrong variable is named at once', async (t) => {
  const wrong = { IBGW_PORT: '0', REQUEST_TIMEOUT_SECONDS: '60.5', RECONNECT_MIN_MS: 'x' }
  for (const name of Object.keys(wrong)) t.throws(() => readConfig(wrong), new RegExp(name))
})
