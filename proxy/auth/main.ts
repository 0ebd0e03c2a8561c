import { parseArgs } from 'node:util'
import { GRANTED_SCOPES, type GrantedScope } from '../../shared/api/scope.ts'
import { ConfigError } from '../../shared/env.ts'
import { failStart } from '../../shared/service.ts'
import { RATE_TEXT } from '../limits/rate.ts'
import type { Rights } from './caller.ts'
import { readFiles } from './config.ts'
import { createKey, isAlive, type KeyRecord, readKeys, revokeKey } from './key-file.ts'
import { disableUser, readUsers, setUser } from './user-file.ts'

const USAGE = `npm run key -- create --scope read|trade|admin --name NAME [--expires 90d|DATE] [--accounts DU1,DU2]
                  [--symbols AAPL,MSFT*] [--orders-per-minute N] [--max-quantity N] [--max-notional N]
                  [--read-rate 50/s] [--order-rate 10/s]
npm run key -- list
npm run key -- revoke ID|NAME
npm run key -- user add --scope read|trade|admin --name NAME [the same limits]   (the password on standard input)
npm run key -- user list
npm run key -- user disable NAME
The file is --file, or KEYS_FILE or USERS_FILE, or keys.json or users.json in DATA_DIR.`

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 604_800_000 }

const say = (line: string) => process.stdout.write(`${line}\n`)

const { values, positionals } = read()

function read() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        file: { type: 'string' },
        scope: { type: 'string' },
        name: { type: 'string' },
        expires: { type: 'string' },
        accounts: { type: 'string' },
        symbols: { type: 'string' },
        'orders-per-minute': { type: 'string' },
        'max-quantity': { type: 'string' },
        'max-notional': { type: 'string' },
        'read-rate': { type: 'string' },
        'order-rate': { type: 'string' },
      },
    })
  } catch (error) {
    return failStart(`${(error as Error).message}\n${USAGE}`)
  }
}

const files = readFiles()
const keysFile = values.file ?? files.keys
const usersFile = values.file ?? files.users

function listOf(text: string | undefined): string[] | null {
  return text === undefined ? null : text.split(',').map((each) => each.trim())
}

function numberOf(option: 'orders-per-minute' | 'max-quantity' | 'max-notional') {
  const text = values[option]
  if (text === undefined) return undefined
  const number = Number(text)
  if (number > 0) return number
  throw new ConfigError(`--${option} is "${text}" and must be a number above zero`)
}

function rateGiven(option: 'read-rate' | 'order-rate') {
  const text = values[option]
  if (text === undefined || new RegExp(RATE_TEXT).test(text)) return text
  throw new ConfigError(`--${option} is "${text}" and must be such as 50/s, 5/m, 60/h, or off`)
}

function rights(): Rights & { readonly scope: GrantedScope } {
  const scope = GRANTED_SCOPES.find((each) => each === values.scope)
  if (scope === undefined)
    throw new ConfigError(`--scope must be one of ${GRANTED_SCOPES.join(', ')}`)
  const [ordersPerMinute, maxQuantity, maxNotional] = [
    numberOf('orders-per-minute'),
    numberOf('max-quantity'),
    numberOf('max-notional'),
  ]
  const [readRate, orderRate] = [rateGiven('read-rate'), rateGiven('order-rate')]
  const limits = {
    ...(ordersPerMinute !== undefined && { ordersPerMinute }),
    ...(maxQuantity !== undefined && { maxQuantity }),
    ...(maxNotional !== undefined && { maxNotional }),
    ...(readRate !== undefined && { readRate }),
    ...(orderRate !== undefined && { orderRate }),
  }
  return { scope, limits, accounts: listOf(values.accounts), symbols: listOf(values.symbols) }
}

function nameGiven(): string {
  const { name = '' } = values
  if (/^[A-Za-z0-9][\w.-]{0,63}$/.test(name)) return name
  throw new ConfigError('--name must be 1 to 64 letters, digits and _ . -')
}

function expiry(): Date | null {
  const { expires } = values
  if (expires === undefined) return null
  const [, count, unit = ''] = /^(\d{1,4})([hdw])$/.exec(expires) ?? []
  const at =
    count === undefined
      ? new Date(expires)
      : new Date(Date.now() + Number(count) * (UNITS[unit] ?? 0))
  if (at.getTime() > Date.now()) return at
  throw new ConfigError(
    `--expires is "${expires}": it must be such as 12h, 90d, 4w, or a moment to come`,
  )
}

function stateOf(key: KeyRecord): string {
  if (key.revokedAt !== null) return `revoked ${key.revokedAt}`
  if (!isAlive(key)) return `expired ${key.expiresAt}`
  return key.expiresAt === null ? 'valid' : `valid until ${key.expiresAt}`
}

function rightsTold({ scope, accounts, symbols, limits }: Rights): string {
  const told = [
    scope,
    accounts === null ? 'all accounts' : `accounts ${accounts.join(',')}`,
    symbols === null ? 'all symbols' : `symbols ${symbols.join(',')}`,
    ...Object.entries(limits).map(([name, limit]) => `${name} ${limit}`),
  ]
  return told.join('  ')
}

async function password(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write('Password, then Enter (it is shown): ')
  let text = ''
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk
    if (text.includes('\n')) break
  }
  return text.split(/\r?\n/, 1)[0] ?? ''
}

async function run([what, ...rest]: readonly string[]): Promise<void> {
  const [named = ''] = rest
  switch (what) {
    case 'create': {
      const wish = { ...rights(), name: nameGiven(), expiresAt: expiry() }
      const { text, id } = await createKey(keysFile, wish)
      process.stderr.write(
        `Key ${wish.name} (${id}), ${rightsTold(wish)}, in ${keysFile}. It is shown this once:\n`,
      )
      say(text)
      return
    }
    case 'list':
      for (const key of readKeys(keysFile))
        say(`${key.id}  ${key.name}  ${rightsTold(key)}  ${stateOf(key)}`)
      return
    case 'revoke': {
      const { id, name } = await revokeKey(keysFile, named)
      say(`Key ${name} (${id}) is revoked; proxies hear of it within a second.`)
      return
    }
    case 'user':
      await runUser(rest)
      return
    default:
      throw new ConfigError(USAGE)
  }
}

async function runUser([what, named = '']: readonly string[]): Promise<void> {
  switch (what) {
    case 'add': {
      const userName = nameGiven()
      await setUser(usersFile, { ...rights(), userName, password: await password() })
      say(`User ${userName} can log in; what sessions he had are over. The file is ${usersFile}.`)
      return
    }
    case 'list':
      for (const user of readUsers(usersFile))
        say(
          `${user.userName}  ${rightsTold(user)}  ${user.disabledAt === null ? 'valid' : `disabled ${user.disabledAt}`}`,
        )
      return
    case 'disable':
      await disableUser(usersFile, named)
      say(`User ${named} cannot log in any more; his sessions are over.`)
      return
    default:
      throw new ConfigError(USAGE)
  }
}

try {
  await run(positionals)
} catch (error) {
  if (!(error instanceof ConfigError)) throw error
  failStart(error.message)
}
process.exit(0)
