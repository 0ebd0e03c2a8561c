import t from 'tap'
import { readConfig } from '../../../../deploy/local/config.ts'

t.test(
  'with nothing set the simulator is started, everything on its own port of loopback',
  async (t) => {
    t.match(readConfig({}), {
      host: '127.0.0.1',
      port: 8080,
      instanceBasePort: 3100,
      poolSize: 8,
      dataDir: 'data',
      gateway: { host: '127.0.0.1', port: 4002, simulated: true },
    })
    t.match(readConfig({ SIMULATOR_PORT: '5002' }).gateway, { port: 5002, simulated: true })
  },
)

t.test('naming a gateway is all it takes to leave the simulator', async (t) => {
  t.match(readConfig({ IBGW_HOST: 'gw' }).gateway, { host: 'gw', port: 4002, simulated: false })
  t.match(readConfig({ IBGW_PORT: '7497' }).gateway, {
    host: '127.0.0.1',
    port: 7497,
    simulated: false,
  })
})

t.test('what cannot be is told', async (t) => {
  t.throws(() => readConfig({ POOL_SIZE: '0', IBREST_PORT: '70000' }), {
    message: /POOL_SIZE[\s\S]*IBREST_PORT|IBREST_PORT[\s\S]*POOL_SIZE/,
  })
  t.throws(() => readConfig({ INSTANCE_BASE_PORT: '65530' }), { message: /no room for 8 ports/ })
})
