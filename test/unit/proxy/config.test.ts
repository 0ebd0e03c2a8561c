import t from 'tap'
import { readConfig } from '../../../proxy/config.ts'

const INSTANCES = 'http://127.0.0.1:3100, http://127.0.0.1:3101/'

t.test('origins are read in client-id order, everything else has a default', async (t) => {
  const config = readConfig({ INSTANCES })
  t.match(config, {
    host: '127.0.0.1',
    port: 8080,
    origins: ['http://127.0.0.1:3100', 'http://127.0.0.1:3101'],
    slotsPerInstance: 1,
    queueLimit: 1000,
    requestTimeoutMs: 20_000,
    pacing: { proxies: 1, history: 'on', largeBarsPerMinute: 0, marketDataLines: 100 },
  })
  t.ok(Object.isFrozen(config))
})

t.test('every mistake is named at once', async (t) => {
  t.throws(
    () =>
      readConfig({
        INSTANCES,
        IBREST_PORT: 'eighty',
        QUEUE_LIMIT: '-1',
        REQUEST_TIMEOUT_SECONDS: '61',
        PROXY_COUNT: '0',
        IB_HISTORY_PACING: 'maybe',
      }),
    {
      name: 'ConfigError',
      message:
        /IBREST_PORT is "eighty"[\s\S]*QUEUE_LIMIT is "-1"[\s\S]*REQUEST_TIMEOUT_SECONDS is "61"[\s\S]*PROXY_COUNT is "0"[\s\S]*IB_HISTORY_PACING is "maybe"/,
    },
  )
})

t.test('instances must be named, as origins, once each', async (t) => {
  const wrong: [string | undefined, RegExp][] = [
    [undefined, /INSTANCES is not set/],
    ['127.0.0.1:3100', /must list origins/],
    ['http://h:1/path', /must list origins/],
    ['http://h:1,http://h:1', /twice/],
    [Array.from({ length: 33 }, (_, n) => `http://h:${n + 1}`).join(','), /1 to 32/],
  ]
  for (const [value, message] of wrong)
    t.throws(() => readConfig({ INSTANCES: value }), { message }, String(value))
})

t.test('listening beyond this machine must be asked for in so many words', async (t) => {
  t.throws(() => readConfig({ INSTANCES, IBREST_HOST: '0.0.0.0' }), {
    message: /ALLOW_OPEN_LISTEN=yes/,
  })
  t.equal(
    readConfig({ INSTANCES, IBREST_HOST: '0.0.0.0', ALLOW_OPEN_LISTEN: 'yes' }).host,
    '0.0.0.0',
  )
})
