import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/** A directory of this test's own, gone with it; tap's fixtures are shared by runs of the same file at the same time. */
export function tempDir(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'ibrest-test-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}
