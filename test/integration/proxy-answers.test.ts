import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { proxied } from '../rig/proxied.ts'
import { sendJson } from '../rig/stub-instance.ts'

t.test('GET / maps every path, GET /beacon lives without any instance', async (t) => {
  const { url } = await proxied(t, 1)
  const root = (await (await fetch(url)).json()) as { endpoints: Record<string, object> }
  t.match(root, { name: 'IBREST', clients: 1, usable: 1 })
  t.hasProps(root.endpoints, ['/order', '/order/{id}', '/account/updates', '/historical/{symbol}'])
  t.match(await (await fetch(`${url}/beacon`)).json(), { alive: true })
})

t.test(
  'S1.15 an unknown path is 404 and a wrong method 405 with Allow, both as problems',
  async (t) => {
    const { url, stubs } = await proxied(t, 1)
    const unknown = await fetch(`${url}/nothing/here`)
    t.equal(unknown.status, 404)
    t.match(unknown.headers.get('content-type'), /application\/problem\+json/)
    t.match(await unknown.json(), { code: 'REQUEST_UNKNOWN_PATH', status: 404, retryable: false })
    const wrong = await fetch(`${url}/account/positions`, { method: 'POST', body: '{}' })
    t.equal(wrong.status, 405)
    t.equal(wrong.headers.get('allow'), 'GET, HEAD, OPTIONS')
    t.match(await wrong.json(), { code: 'REQUEST_METHOD_NOT_ALLOWED' })
    const mixed = await fetch(`${url}/order`, { method: 'PATCH' })
    t.equal(mixed.headers.get('allow'), 'GET, HEAD, POST, DELETE, OPTIONS')
    const options = await fetch(`${url}/order/3.1`, { method: 'OPTIONS' })
    t.equal(options.status, 204)
    t.equal(options.headers.get('allow'), 'GET, HEAD, PUT, DELETE, OPTIONS')
    t.equal(stubs[0]?.calls.length, 0)
  },
)

t.test('an oversize body is 413 before any instance sees it', async (t) => {
  const { url, stubs } = await proxied(t, 1, { BODY_LIMIT_BYTES: '1024' })
  const answer = await fetch(`${url}/order`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text: 'x'.repeat(2000) }),
  })
  t.equal(answer.status, 413)
  t.match(await answer.json(), { code: 'REQUEST_TOO_LARGE' })
  t.equal(stubs[0]?.calls.length, 0)
})

t.test('bodies and status pass through as they are, both ways', async (t) => {
  const { url, stubs } = await proxied(t, 1)
  for (const stub of stubs) {
    stub.answer = (call, response) => {
      response.writeHead(201, {
        location: '/order/0.9',
        'content-type': 'application/json',
        'x-two': ['a', 'b'],
      })
      response.end(call.body)
    }
  }
  const body = '{"symbol":"Ü€😀", "n": 1.50}'
  const answer = await fetch(`${url}/order`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  t.equal(answer.status, 201)
  t.equal(answer.headers.get('location'), '/order/0.9')
  t.equal(answer.headers.get('x-two'), 'a, b')
  t.equal(await answer.text(), body)
  t.equal(stubs[0]?.calls[0]?.body, body)
})

t.test('HEAD is GET without a body', async (t) => {
  const { url, stubs } = await proxied(t, 1)
  const answer = await fetch(`${url}/account/positions`, { method: 'HEAD' })
  t.equal(answer.status, 200)
  t.equal(await answer.text(), '')
  t.equal(stubs[0]?.calls[0]?.method, 'HEAD')
  t.equal((await fetch(`${url}/clients`, { method: 'HEAD' })).status, 200)
})

t.test('/orders moves to /order, /api/v1 is the same API', async (t) => {
  const { url, stubs } = await proxied(t, 1)
  const moved = await fetch(`${url}/orders/0.5?x=1`, { method: 'DELETE', redirect: 'manual' })
  t.equal(moved.status, 308)
  t.equal(moved.headers.get('location'), '/order/0.5?x=1')
  t.equal((await fetch(`${url}/api/v1/order/0.5`)).status, 200)
  t.equal(stubs[0]?.calls[0]?.url, '/order/0.5')
  t.equal((await fetch(`${url}/api/v1`)).status, 200)
})

t.test('GET /test shows the request without its secrets', async (t) => {
  const { url } = await proxied(t, 1)
  const answer = await fetch(`${url}/test?symbol=AAPL&apiKey=abc`, {
    headers: { authorization: 'Bearer secret', 'x-api-key': 'secret', 'x-plain': 'shown' },
  })
  const shown = await answer.text()
  t.notMatch(shown, /secret|abc/)
  t.match(JSON.parse(shown), {
    method: 'GET',
    path: '/test',
    query: { symbol: 'AAPL' },
    headers: { 'x-plain': 'shown' },
  })
})

t.test(
  'metrics count calls by route, status and client id, and show slots and the line',
  async (t) => {
    const { url, stubs } = await proxied(t, 2)
    for (const stub of stubs) stub.answer = (_, response) => sendJson(response, 200, [])
    await (await fetch(`${url}/history/AAPL`)).text()
    await (await fetch(`${url}/history/MSFT`)).text()
    await (await fetch(`${url}/nothing`)).text()
    const metrics = await (await fetch(`${url}/metrics`)).text()
    t.match(
      metrics,
      /ibrest_http_request_duration_seconds_count\{method="GET",route="\/history\/:symbol",code="200",client_id="1"\} 2/,
    )
    t.match(
      metrics,
      /ibrest_http_request_duration_seconds_count\{method="GET",route="unknown",code="404",client_id="none"\} 1/,
    )
    t.match(metrics, /ibrest_proxy_queue_length\{class="read"\} 0/)
    t.match(metrics, /ibrest_client_state\{client_id="1",state="idle"\} 1/)
    t.match(metrics, /ibrest_client_busy\{client_id="0"\} 0/)
    t.match(metrics, /ibrest_proxy_queue_wait_seconds_count 2/)
    t.match(metrics, /ibrest_build_info\{component="proxy"/)
    t.notMatch(metrics, /[{,]instance="/, 'Prometheus owns the label instance')
    t.notMatch(metrics, /AAPL/, 'no symbols in labels')
  },
)

t.test('rubbish on the socket is answered 400 and the proxy lives on', async (t) => {
  const { url } = await proxied(t, 1)
  const { hostname, port } = new URL(url)
  for (const rubbish of [
    '\0\x01\x02 rubbish\r\n\r\n',
    'GET /%zz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
  ]) {
    const socket = connect(Number(port), hostname)
    socket.write(rubbish)
    t.match(await text(socket), /^HTTP\/1\.1 400 /)
  }
  t.equal((await fetch(`${url}/beacon`)).status, 200)
})

t.test('a deadline that is no number is refused by name', async (t) => {
  const { url, stubs } = await proxied(t, 1)
  const answer = await fetch(`${url}/account/positions`, { headers: { 'x-deadline-ms': 'soon' } })
  t.equal(answer.status, 422)
  t.match(await answer.json(), {
    code: 'REQUEST_INVALID',
    errors: [{ field: 'X-Deadline-Ms', code: 'not_numeric' }],
  })
  t.equal(stubs[0]?.calls.length, 0)
})
