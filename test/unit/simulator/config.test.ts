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
    SIMULATOR_HOURS: 'exchange',
    SIMULATOR_MARKET_DATA: 'delayed',
    SIMULATOR_ADVISER: 'yes',
  })
  t.match(config.gateway, {
    port: 0,
    serverVersion: 178,
    accounts: ['U1', 'U2'],
    masterClientId: 0,
    hours: 'exchange',
    marketData: 'delayed',
    executions: 'own',
    isAdviser: true,
  })
  t.end()
})

t.test('time runs from now at its own speed, or as it is set', (t) => {
  t.match(readConfig({}).gateway, { isStepped: false, clockSpeed: 1, clockStart: undefined })
  const { gateway } = readConfig({
    SIMULATOR_CLOCK: 'stepped',
    SIMULATOR_CLOCK_SPEED: '0.5',
    SIMULATOR_CLOCK_START: '2026-11-20T09:30:00-05:00',
  })
  t.match(gateway, {
    isStepped: true,
    clockSpeed: 0.5,
    clockStart: Date.UTC(2026, 10, 20, 14, 30),
  })
  t.throws(
    () =>
      readConfig({
        SIMULATOR_CLOCK: 'stopped',
        SIMULATOR_CLOCK_SPEED: 'fast',
        SIMULATOR_CLOCK_START: '2026-11-20',
      }),
    { message: /^(SIMULATOR_CLOCK\w*: .*\n?){3}$/ },
  )
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
        SIMULATOR_HOURS: 'office',
        SIMULATOR_MARKET_DATA: 'old',
      }),
    {
      name: 'ConfigError',
      message:
        /^(SIMULATOR_(ACCOUNTS|EXECUTIONS|HOURS|MARKET_DATA|PORT|SERVER_VERSION): .*\n?){6}$/,
    },
  )
  t.match(settingsHelp(), /SIMULATOR_SEED/)
  t.end()
})
