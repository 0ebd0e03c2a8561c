import t from 'tap'
import { readConfig, settingsHelp } from '../../../simulator/config.ts'

t.test('an empty environment gives the defaults', (t) => {
  t.match(readConfig({}), {
    host: '127.0.0.1',
    controlPort: 4080,
    gateway: {
      port: 4002,
      serverVersion: 193,
      accounts: ['DU1000001', 'DU1000002'],
      masterClientId: undefined,
      executions: 'all',
    },
  })
  t.end()
})

t.test('what is set is taken', (t) => {
  const config = readConfig({
    SIMULATOR_PORT: '0',
    SIMULATOR_SERVER_VERSION: '178',
    SIMULATOR_ACCOUNTS: 'U1, U2',
    SIMULATOR_MASTER_CLIENT_ID: '0',
    SIMULATOR_EXECUTIONS: 'own',
    SIMULATOR_ADVISER: 'yes',
  })
  t.match(config.gateway, {
    port: 0,
    serverVersion: 178,
    accounts: ['U1', 'U2'],
    masterClientId: 0,
    executions: 'own',
    isAdviser: true,
  })
  t.end()
})

t.test('every mistake is told at once, each on a line that names its variable', (t) => {
  t.throws(
    () =>
      readConfig({
        SIMULATOR_PORT: '70000',
        SIMULATOR_SERVER_VERSION: '177',
        SIMULATOR_ACCOUNTS: 'U1,,U2',
        SIMULATOR_EXECUTIONS: 'some',
      }),
    {
      name: 'ConfigError',
      message: /^(SIMULATOR_(ACCOUNTS|EXECUTIONS|PORT|SERVER_VERSION): .*\n?){4}$/,
    },
  )
  t.match(settingsHelp(), /SIMULATOR_SEED/)
  t.end()
})
