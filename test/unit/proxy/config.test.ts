import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readConfig } from '../../../proxy/config.ts'
import { tempDir } from '../../rig/temp-dir.ts'

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
    ['file:/no/such/file', /INSTANCES cannot be read: .*no such file/],
    ['dns:ibrest-instance', /such as dns:ibrest-instance:3100/],
    ['dns:ibrest-instance:99999', /such as dns:/],
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

t.test('instances may be named in a file, an origin a line, or by a service', async (t) => {
  const path = join(tempDir(t), 'instances')
  writeFileSync(path, '# the first pair\nhttp://h:1\n\nhttp://h:2/ # client 1\n')
  t.match(readConfig({ INSTANCES: `file:${path}`, KEY_CLIENTS: '8' }), {
    instances: { kind: 'file', path },
    origins: ['http://h:1', 'http://h:2'],
    keyClients: 8,
  })
  writeFileSync(path, 'http://h:1\nnonsense\n')
  t.throws(() => readConfig({ INSTANCES: `file:${path}`, KEY_CLIENTS: '8' }), {
    name: 'ConfigError',
    message: /instances: INSTANCES must list origins .*nonsense/,
  })
  t.match(readConfig({ INSTANCES: 'dns:ibrest-instance:3100', KEY_CLIENTS: '8' }), {
    instances: { kind: 'dns', name: 'ibrest-instance', port: 3100 },
    origins: [],
  })
})

t.test(
  'where instances can be added, it must be said between how many keys are shared',
  async (t) => {
    t.equal(readConfig({ INSTANCES }).keyClients, 2)
    t.throws(() => readConfig({ INSTANCES: 'dns:ibrest-instance:3100' }), {
      name: 'ConfigError',
      message: /KEY_CLIENTS is not set and must be/,
    })
  },
)
