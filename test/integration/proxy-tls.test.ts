import { X509Certificate } from 'node:crypto'
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { connect as connectTcp } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { connect, type PeerCertificate } from 'node:tls'
import t from 'tap'
import { Agent, request, WebSocket } from 'undici'
import { certified } from '../rig/certificates.ts'
import { proxied } from '../rig/proxied.ts'
import { tempDir } from '../rig/temp-dir.ts'
import { until } from '../rig/until.ts'

/** Whom a proxy shows itself as, to a caller who believes that certificate. */
function shown(url: string, ca: Buffer): Promise<PeerCertificate> {
  const { hostname: host, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), ca }, () => {
      resolve(socket.getPeerCertificate())
      socket.destroy()
    }).once('error', reject)
  })
}

t.test(
  'S0.21 a proxy without a certificate makes ibrest.crt and ibrest.key, and keeps them',
  async (t) => {
    const dataDir = tempDir(t)
    const wishes = { IBREST_TLS: 'on', DATA_DIR: dataDir, ALLOWED_HOSTS: 'ibrest.example,10.1.2.3' }
    const { url, status } = await proxied(t, 1, wishes)
    const [cert, key] = ['ibrest.crt', 'ibrest.key'].map((name) => join(dataDir, name))
    if (cert === undefined || key === undefined) return
    const certificate = new X509Certificate(readFileSync(cert))
    t.equal(certificate.publicKey.asymmetricKeyType, 'rsa')
    t.equal(certificate.publicKey.asymmetricKeyDetails?.modulusLength, 2048)
    const days = (Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / 86_400_000
    t.equal(days, 365)
    for (const name of ['localhost', hostname(), 'ibrest.example'])
      t.ok(certificate.checkHost(name), name)
    for (const address of ['127.0.0.1', '::1', '10.1.2.3']) t.ok(certificate.checkIP(address))
    t.equal(statSync(key).mode & 0o777, 0o600, 'nobody else may read the key')
    const dispatcher = new Agent({ connect: { ca: readFileSync(cert) } })
    t.teardown(() => dispatcher.destroy())
    const { statusCode, body } = await request(`${url}/account/positions`, { dispatcher })
    t.equal(statusCode, 200)
    t.same(await body.json(), { url: '/account/positions' })
    await t.rejects(fetch(`${url}/clients`), 'who does not believe it does not call')
    await t.rejects(status())
    const again = await proxied(t, 1, wishes)
    t.equal((await shown(again.url, readFileSync(cert))).serialNumber, certificate.serialNumber)
  },
)

t.test('files that change are read again; who is connected stays', async (t) => {
  const [first, second] = [
    await certified(t, 'first.example'),
    await certified(t, 'second.example'),
  ]
  const { url, proxy } = await proxied(t, 1, {
    TLS_CERT_FILE: first.certFile,
    TLS_KEY_FILE: first.keyFile,
  })
  const [before, after] = [readFileSync(first.certFile), readFileSync(second.certFile)]
  t.equal((await shown(url, before)).subject.CN, 'first.example')
  // one connection, kept open over the change
  const dispatcher = new Agent({ connections: 1, connect: { ca: before } })
  t.teardown(() => dispatcher.destroy())
  const ask = async () => {
    const { statusCode, body } = await request(`${url}/beacon`, { dispatcher })
    await body.dump()
    return statusCode
  }
  t.equal(await ask(), 200)
  let connections = 0
  proxy.app.server.on('secureConnection', () => {
    connections += 1
  })
  writeFileSync(first.certFile, 'no certificate')
  await proxy.reread()
  t.equal(
    (await shown(url, before)).subject.CN,
    'first.example',
    'what cannot be read is not shown',
  )
  copyFileSync(second.certFile, first.certFile)
  await proxy.reread()
  t.equal((await shown(url, before)).subject.CN, 'first.example', 'nor what has another key')
  copyFileSync(second.keyFile, first.keyFile)
  // by itself, without being told
  await until(
    async () => (await shown(url, after).catch(() => undefined))?.subject.CN === 'second.example',
    'the new certificate',
  )
  const made = connections
  t.equal(await ask(), 200)
  t.equal(connections, made, 'on the connection of before')
})

t.test('S4.2 nobody speaks plain HTTP to it, nor an old TLS', async (t) => {
  const { certFile, keyFile } = await certified(t, 'localhost')
  const { url } = await proxied(t, 1, { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile })
  await t.rejects(fetch(url.replace('https', 'http')))
  const { port } = new URL(url)
  const old = () =>
    new Promise((resolve, reject) => {
      connect({ port: Number(port), host: '127.0.0.1', maxVersion: 'TLSv1.1', minVersion: 'TLSv1' })
        .once('secureConnect', resolve)
        .once('error', reject)
    })
  await t.rejects(old())
})

t.test('WebSockets and streams are served too', async (t) => {
  const { certFile, keyFile } = await certified(t, 'localhost')
  const { url } = await proxied(t, 1, { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile })
  const dispatcher = new Agent({ connect: { ca: readFileSync(certFile) } })
  t.teardown(() => dispatcher.destroy())
  const socket = new WebSocket(`${url.replace('https', 'wss')}/ws`, { dispatcher })
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', reject)
  })
  socket.close()
  const gone = new AbortController()
  const { statusCode, headers } = await request(`${url}/status`, {
    dispatcher,
    signal: gone.signal,
    headers: { accept: 'text/html' },
  })
  t.equal(statusCode, 200)
  t.ok(headers['strict-transport-security'])
  gone.abort()
})

t.test('who connects and never greets holds up no stop', async (t) => {
  const { certFile, keyFile } = await certified(t, 'localhost')
  const { url, proxy } = await proxied(t, 1, { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile })
  const { port } = new URL(url)
  const silent = connectTcp(Number(port), '127.0.0.1')
  await new Promise((resolve) => silent.once('connect', resolve))
  await proxy.stop()
  t.pass('ended')
  silent.destroy()
})
