import t from 'tap'
import { freeReads } from '../../../../proxy/fast-path/free-reads.ts'
import { takesRead } from '../../../../proxy/fast-path/reads.ts'
import { operations, urlsOf } from '../../../../shared/api/index.ts'

const reads = operations
  .filter(({ method }) => method === 'GET')
  .flatMap((operation) => urlsOf(operation).map((url) => ({ operation, url })))
const example = (url: string) => url.replace(/:\w+/g, '7')

t.test(
  'what is carried and comes back whole is taken; what stays open or is local is not',
  async (t) => {
    for (const { operation, url } of reads) {
      const isCarried =
        operation.traffic !== 'local' &&
        !operation.socket &&
        operation.feed === undefined &&
        operation.produces !== 'its own'
      t.equal(takesRead(example(url)), isCarried, url)
      t.equal(takesRead(`${example(url)}?a=b`), isCarried, `${url} with a query`)
      t.equal(takesRead(`/api/v1${example(url)}`), isCarried, `${url} by its version`)
      if (operation.traffic !== 'local')
        t.equal(takesRead(`/clients/3${example(url)}`), isCarried, `${url} at a client`)
    }
  },
)

t.test('a path written in an unusual way is not taken', async (t) => {
  for (const url of [
    '/order/%65vents',
    '/order/events/',
    '/order//1',
    '/ORDER/1.2',
    '/order/1/2/3',
    '/',
    '/clients/3',
    '/clients/3/drain',
  ])
    t.equal(takesRead(url), false, url)
})

t.test('free is what any client may be asked at once', async (t) => {
  const free = freeReads(1234)
  t.match(free.get('/account/positions'), {
    ...{ route: '/account/positions', callClass: 'read', pinnedTo: undefined, timeoutMs: 1234 },
  })
  for (const [path, { route }] of free) {
    const { operation } = reads.find(({ url }) => url === path) ?? {}
    t.equal(operation?.traffic, 'leased', path)
    t.equal(operation?.url, route)
    t.equal(takesRead(path), true, `${path} is taken with keys too`)
  }
  for (const path of ['/market/history', '/order', '/order/events', '/clients', '/status', '/'])
    t.equal(free.has(path), false, path)
})
