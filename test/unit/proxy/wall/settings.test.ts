import t from 'tap'
import { readConfig } from '../../../../proxy/config.ts'

const INSTANCES = 'http://127.0.0.1:3100'
const read = (environment: Record<string, string>) => readConfig({ INSTANCES, ...environment })
const OUTSIDE = { IBREST_HOST: '0.0.0.0' }

t.test(
  'beyond this machine it wants keys and TLS, or to be told that something else guards it',
  async (t) => {
    for (const environment of [
      OUTSIDE,
      { ...OUTSIDE, IBREST_TLS: 'on' },
      { ...OUTSIDE, KEYS_FILE: '/keys', IBREST_TLS: 'off' },
      { ...OUTSIDE, ALLOW_OPEN_LISTEN: 'no', ALLOW_FROM: '10.0.0.0/8' },
    ])
      t.throws(() => read(environment), { message: /KEYS_FILE[\s\S]*ALLOW_OPEN_LISTEN=yes/ })
    t.ok(read({ ...OUTSIDE, ALLOW_OPEN_LISTEN: 'yes' }))
    // it would listen, and looks for who may call
    for (const [name, path] of [
      ['KEYS_FILE', '/keys'],
      ['USERS_FILE', '/users'],
    ] as const)
      t.throws(() => read({ ...OUTSIDE, [name]: path }), {
        message: `${name} is "${path}": it cannot be read`,
      })
  },
)

t.test(
  'TLS is spoken beyond this machine, where files are named, and where it is wanted',
  async (t) => {
    const open = { ...OUTSIDE, ALLOW_OPEN_LISTEN: 'yes' }
    const files = { TLS_CERT_FILE: '/c', TLS_KEY_FILE: '/k' }
    t.equal(read({}).wall.tls, undefined)
    t.equal(read({ IBREST_HOST: '::1' }).wall.tls, undefined)
    t.equal(read({ ...open, IBREST_TLS: 'off' }).wall.tls, undefined)
    t.equal(read({ ...files, IBREST_TLS: 'off' }).wall.tls, undefined)
    t.match(read(open).wall.tls, { certFile: undefined, folder: 'data', names: [] })
    t.match(read({ IBREST_TLS: 'on', DATA_DIR: '/d' }).wall.tls, { folder: '/d' })
    t.match(read(files).wall.tls, { certFile: '/c', keyFile: '/k' })
    t.throws(() => read({ TLS_CERT_FILE: '/c' }), { message: /belong together/ })
  },
)

t.test('what is no address, network or origin is named', async (t) => {
  for (const text of [
    '10.0',
    '10.0.0.0/33',
    '10.*.1',
    '300.1.*',
    'example.org',
    '::1/129',
    '1/2/3',
    '2001:db8:*',
  ])
    for (const variable of ['ALLOW_FROM', 'TRUST_PROXY'])
      t.throws(() => read({ [variable]: `10.0.0.1, ${text}` }), {
        message: new RegExp(`^${variable} .*not ${text.replace(/[*.]/g, '\\$&')}$`),
      })
  for (const text of ['*', 'desk.example', 'https://desk.example/', 'https://Desk.example', 'null'])
    t.throws(() => read({ CORS_ALLOWED_ORIGINS: text }), { message: /CORS_ALLOWED_ORIGINS/ }, text)
  t.same(read({ CORS_ALLOWED_ORIGINS: 'https://a, http://b:1' }).wall.allowedOrigins, [
    'https://a',
    'http://b:1',
  ])
})
