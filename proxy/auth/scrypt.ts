import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { Type } from 'typebox'
import { problem } from '../../shared/problem.ts'

/** So many are reckoned at once: each takes a thread of the few that files and names need too. */
const AT_ONCE = 2
/** So many of each kind may wait. */
const MAX_WAITING = 64
/** The most memory one may take, bytes, whatever a file asks for. */
const MAX_MEMORY = 128 * 1024 * 1024
const HASH_BYTES = 32

/** A secret as it is kept; the parameters stand beside, so that they can be raised for new ones. */
export const Hashed = Type.Object(
  {
    algorithm: Type.Literal('scrypt'),
    N: Type.Integer({ minimum: 1024, maximum: 131_072 }),
    r: Type.Integer({ minimum: 1, maximum: 32 }),
    p: Type.Integer({ minimum: 1, maximum: 16 }),
    salt: Type.String({ minLength: 16, maxLength: 128 }),
    hash: Type.String({ minLength: 32, maxLength: 128 }),
  },
  { additionalProperties: false },
)
export interface Hashed {
  readonly algorithm: 'scrypt'
  readonly N: number
  readonly r: number
  readonly p: number
  /** base64 */
  readonly salt: string
  /** base64 */
  readonly hash: string
}

type Parameters = Pick<Hashed, 'N' | 'r' | 'p'>

/** For secrets of 192 random bits, which nobody guesses: dear enough that a stolen file is of no use, 16 MiB each. */
export const FOR_KEYS: Parameters = { N: 16_384, r: 8, p: 1 }
/** For what people choose (OWASP's figures), 32 MiB each. */
export const FOR_PASSWORDS: Parameters = { N: 32_768, r: 8, p: 3 }

function derive(secret: string, salt: Buffer, { N, r, p }: Parameters): Promise<Buffer> {
  const options: ScryptOptions = { N, r, p, maxmem: MAX_MEMORY }
  return new Promise((resolve, reject) => {
    scrypt(secret.normalize('NFKC'), salt, HASH_BYTES, options, (error, hash) =>
      error === null ? resolve(hash) : reject(error),
    )
  })
}

/** A secret as it is kept. */
export async function hashed(secret: string, parameters: Parameters): Promise<Hashed> {
  const salt = randomBytes(16)
  const hash = await derive(secret, salt, parameters)
  return {
    ...{ algorithm: 'scrypt', ...parameters },
    ...{ salt: salt.toString('base64'), hash: hash.toString('base64') },
  }
}

/** `known`: of a key or a user there is; the others are reckoned for nothing but to take as long. */
export type Lane = 'known' | 'unknown' | 'login'
const LANES: readonly Lane[] = ['known', 'login', 'unknown']

/** Reckons scrypt beside the event loop, few at a time: strangers wait for callers, never the other way round. */
export class ScryptDesk {
  readonly #waiting: Record<Lane, (() => void)[]> = { known: [], unknown: [], login: [] }
  #running = 0

  /**
   * Whether a secret is the one that was hashed, told in constant time. With `undefined` it takes as long and is not.
   * @throws Problem PROXY_AUTH_BUSY
   */
  async matches(
    secret: string,
    kept: Hashed | undefined,
    instead: Parameters,
    lane: Lane,
  ): Promise<boolean> {
    const { N, r, p, salt, hash } = kept ?? { ...instead, salt: '', hash: '' }
    const derived = await this.#inTurn(lane, () =>
      derive(secret, Buffer.from(salt, 'base64'), { N, r, p }),
    )
    const expected = Buffer.from(hash, 'base64')
    const isSame = timingSafeEqual(
      derived,
      expected.length === HASH_BYTES ? expected : Buffer.alloc(HASH_BYTES),
    )
    return isSame && kept !== undefined && expected.length === HASH_BYTES
  }

  async #inTurn<Result>(lane: Lane, work: () => Promise<Result>): Promise<Result> {
    if (this.#running >= AT_ONCE) {
      const line = this.#waiting[lane]
      if (line.length >= MAX_WAITING)
        throw problem('PROXY_AUTH_BUSY', {
          detail: `${MAX_WAITING} credentials wait to be judged already`,
          retryAfter: 1,
        })
      // whoever goes leaves his place to it
      await new Promise<void>((resolve) => line.push(resolve))
    } else this.#running += 1
    try {
      return await work()
    } finally {
      const next = this.#next()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }

  #next(): (() => void) | undefined {
    for (const lane of LANES) {
      const first = this.#waiting[lane].shift()
      if (first !== undefined) return first
    }
    return undefined
  }
}
