import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Eight strict backends in one process: each works on one call at a time for a fixed service time, and counts every
 * call that reached it while it was busy. `GET /stats` tells and resets the mean time each call really took here.
 */
const [count = '8', serviceMs = '5'] = process.argv.slice(2)
const service = Number(serviceMs)
const body = Buffer.from('[{"account":"DU1","position":100}]')
const head = { 'content-type': 'application/json', 'content-length': body.length }

let overlaps = 0
let calls = 0
let busyMs = 0

function backend() {
  let busy = false
  let due = 0
  const finish = (response: ServerResponse, begun: number) => {
    // timers fire up to a millisecond early or late; what counts is what is measured
    const left = due - performance.now()
    if (left > 1) {
      setTimeout(finish, left, response, begun)
      return
    }
    busy = false
    calls += 1
    busyMs += performance.now() - begun
    response.writeHead(200, head).end(body)
  }
  return createServer((request, response) => {
    if (request.url === '/clients') {
      response.writeHead(200, head).end(body)
      return
    }
    if (request.url === '/stats') {
      const stats = JSON.stringify({ overlaps, calls, meanMs: busyMs / Math.max(1, calls) })
      overlaps = calls = busyMs = 0
      response.end(stats)
      return
    }
    if (busy) overlaps += 1
    busy = true
    const begun = performance.now()
    due = begun + service
    if (service === 0) finish(response, begun)
    else setTimeout(finish, service, response, begun)
  })
}

const servers = Array.from({ length: Number(count) }, backend)
await Promise.all(
  servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))),
)
process.send?.(
  servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`),
)
process.once('disconnect', () => process.exit(0))
