import { join } from 'node:path'
import type { Test } from 'tap'
import { createKey, type KeyWish } from '../../proxy/auth/key-file.ts'
import { tempDir } from './temp-dir.ts'

/** A key file of a test's own, and how its keys are made. */
export interface Keys {
  readonly path: string
  /** makes a key of that name; its text */
  make(name: string, wish?: Partial<KeyWish>): Promise<string>
}

/** A file with one key for each of the names, which is also its scope; by name their texts. */
export async function keyFile(t: Test): Promise<Keys & Readonly<Record<Granted, string>>> {
  const path = join(tempDir(t), 'keys.json')
  const make: Keys['make'] = async (name, wish = {}) => {
    const rights = { accounts: null, symbols: null, limits: {}, expiresAt: null }
    return (await createKey(path, { ...rights, scope: 'trade', name, ...wish })).text
  }
  return {
    ...{ path, make },
    read: await make('read', { scope: 'read' }),
    trade: await make('trade'),
    admin: await make('admin', { scope: 'admin' }),
  }
}

type Granted = 'read' | 'trade' | 'admin'

/** The header field by which a key is told. */
export function bearer(key: string): { readonly authorization: string } {
  return { authorization: `Bearer ${key}` }
}
