import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { selfSigned } from '../../proxy/wall/self-signed.ts'
import { tempDir } from './temp-dir.ts'

/** A certificate and its key in files, for this machine and that name; gone with the test. */
export async function certified(t: Test, name: string) {
  const folder = join(tempDir(t), name)
  mkdirSync(folder)
  return await selfSigned(folder, [name])
}
