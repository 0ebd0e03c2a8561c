import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { Static, TSchema } from 'typebox'
import { ConfigError } from '../../shared/env.ts'
import { findingsOf } from '../../shared/validation.ts'

/** For the user alone whom the process runs as. */
const OWN = 0o600

/** A file of keys or users, judged. @throws ConfigError saying what is wrong with it, never what stands in it */
export function readSecretFile<Schema extends TSchema>(
  path: string,
  schema: Schema,
  variable: string,
): Static<Schema> {
  let read: unknown
  try {
    read = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === undefined ? 'it is no JSON' : `it cannot be read (${code})`
    throw new ConfigError(`${variable} is "${path}": ${why}; npm run key makes it`)
  }
  const [finding] = findingsOf(schema, read)
  if (finding === undefined) return read as Static<Schema>
  throw new ConfigError(
    `${variable} is "${path}": ${finding.instancePath || 'it'} ${finding.message ?? 'is wrong'}`,
  )
}

/**
 * Changes a file of keys or users: it is there whole as it was or whole as it is, for its owner alone. Who comes while
 * another changes it is told so.
 * @throws ConfigError
 */
export async function changeSecretFile<Document extends object>(
  path: string,
  schema: TSchema,
  read: () => Document,
  change: (document: Document) => Document | Promise<Document>,
): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const beside = `${path}.new`
  let file: number
  try {
    file = openSync(beside, 'wx', OWN)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new ConfigError(
      code === 'EEXIST'
        ? `${beside} is there: somebody else changes the file just now, or was stopped while he did; then remove it`
        : `${beside} cannot be written (${code})`,
    )
  }
  try {
    const document = await change(read())
    const [finding] = findingsOf(schema, document)
    if (finding !== undefined)
      throw new ConfigError(`${finding.instancePath.slice(1)} ${finding.message ?? 'is wrong'}`)
    const text = `${JSON.stringify(document, null, 2)}\n`
    writeSync(file, text)
    fsyncSync(file)
    closeSync(file)
    renameSync(beside, path)
  } catch (error) {
    rmSync(beside, { force: true })
    throw error
  }
}
