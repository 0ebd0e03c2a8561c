import { generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '../../shared/env.ts'

/** The recipe of old (S0.21). */
const KEY_BITS = 2048
const VALID_DAYS = 365
const DAY_MS = 86_400_000
/** Clocks of callers may be a little behind, ms. */
const LEEWAY_MS = 3_600_000
/** With less left than this a start makes a new pair, ms. */
const RENEW_MS = 30 * DAY_MS

/** Where a key and its certificate are. */
export interface PairFiles {
  readonly certFile: string
  readonly keyFile: string
}

/** By what a machine is called: its names, every address it has. */
function ownNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  return [
    'localhost',
    hostname(),
    '127.0.0.1',
    '::1',
    ...addresses.filter(({ internal }) => !internal).map(({ address }) => address),
  ]
}

/** `[::1]:8080` → `::1`, `fe80::1%eth0` → `fe80::1`, as certificates have them. */
function bare(name: string): string {
  return name.replace(/^\[|\].*$/g, '').replace(/%.*$/, '')
}

/** A key and a certificate that says nothing but by what we are called, both PEM. */
async function makePair(names: readonly string[]): Promise<{ cert: string; key: string }> {
  // only here: it is large, and wanted once a year
  const { default: forge } = await import('node-forge')
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: KEY_BITS,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey)
  // positive, and not 0
  certificate.serialNumber = `4${randomBytes(16).toString('hex').slice(1)}`
  const now = Date.now()
  certificate.validity.notBefore = new Date(now - LEEWAY_MS)
  certificate.validity.notAfter = new Date(now - LEEWAY_MS + VALID_DAYS * DAY_MS)
  const subject = [
    { name: 'commonName', value: (names[0] ?? 'ibrest').slice(0, 64) },
    { name: 'organizationName', value: 'IBREST' },
  ]
  certificate.setSubject(subject)
  certificate.setIssuer(subject)
  certificate.setExtensions([
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    {
      name: 'subjectAltName',
      altNames: names.map((name) =>
        isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name },
      ),
    },
  ])
  certificate.sign(forge.pki.privateKeyFromPem(privateKey), forge.md.sha256.create())
  return { cert: forge.pki.certificateToPem(certificate), key: privateKey }
}

function isFit({ certFile, keyFile }: PairFiles): boolean {
  if (!existsSync(certFile) || !existsSync(keyFile)) return false
  try {
    return Date.parse(new X509Certificate(readFileSync(certFile)).validTo) - Date.now() > RENEW_MS
  } catch {
    return false
  }
}

/** Never seen half written, nor by others. */
function put(path: string, text: string, mode: number): void {
  const beside = `${path}.${process.pid}.new`
  writeFileSync(beside, text, { mode })
  chmodSync(beside, mode)
  renameSync(beside, path)
}

/**
 * `ibrest.crt` and `ibrest.key` in a folder: those that are there, or, where there are none that will last for a month, a new pair
 * for this machine's names and these.
 * @throws ConfigError where they cannot be written
 */
export async function selfSigned(
  folder: string,
  alsoCalled: readonly string[],
): Promise<PairFiles> {
  const files = { certFile: join(folder, 'ibrest.crt'), keyFile: join(folder, 'ibrest.key') }
  if (isFit(files)) return files
  const names = [...new Set([...alsoCalled, ...ownNames()].map(bare).filter((one) => one !== ''))]
  const { cert, key } = await makePair(names)
  try {
    mkdirSync(folder, { recursive: true })
    put(files.keyFile, key, 0o600)
    put(files.certFile, cert, 0o644)
  } catch (error) {
    throw new ConfigError(
      `No certificate can be made in DATA_DIR: ${(error as Error).message}\n` +
        '  Name one by TLS_CERT_FILE and TLS_KEY_FILE, or say IBREST_TLS=off where something else has TLS.',
    )
  }
  return files
}
