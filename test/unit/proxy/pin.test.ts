import type { IncomingMessage } from 'node:http'
import t from 'tap'
import { pinOf, rewriteUrl } from '../../../proxy/pin.ts'

t.test('the client and the version are taken out of a path, the rest is left', async (t) => {
  const cases: [string, string, number | undefined][] = [
    ['/', '/', undefined],
    ['/clients', '/clients', undefined],
    ['/clients/3', '/clients', 3],
    ['/clients/3/', '/clients', 3],
    ['/clients/3/order/3.7?x=/clients/4/', '/order/3.7?x=/clients/4/', 3],
    ['/clients/31?a=1', '/clients?a=1', 31],
    ['/clients/three/order', '/clients/three/order', undefined],
    ['/clients/3/clients/4/order', '/clients/4/order', 3],
    ['/api/v1/order', '/order', undefined],
    ['/api/v1', '/', undefined],
    ['/api/v1?x=1', '/?x=1', undefined],
    ['/api/v12/order', '/api/v12/order', undefined],
    ['/api/v1/clients/2/beacon', '/beacon', 2],
  ]
  for (const [url, rewritten, pin] of cases) {
    const request = { url } as IncomingMessage
    t.equal(rewriteUrl(request), rewritten, url)
    t.equal(pinOf(request), pin, url)
  }
})
