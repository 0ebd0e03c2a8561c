import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** What each version added; a file remembers how many of these it has (`user_version`). Never change one, add one. */
const migrations: readonly string[] = [
  `CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE orders (
     orderId INTEGER PRIMARY KEY, permId INTEGER, status TEXT NOT NULL,
     document TEXT NOT NULL, request TEXT, updatedAt TEXT NOT NULL) STRICT;
   CREATE INDEX ordersByStatus ON orders (status);
   CREATE TABLE executions (
     execId TEXT PRIMARY KEY, orderId INTEGER NOT NULL, timestamp REAL, document TEXT NOT NULL) STRICT;
   CREATE TABLE commissions (execId TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT;`,
  `CREATE TABLE keys (
     key TEXT PRIMARY KEY, payload TEXT NOT NULL, orderIds TEXT NOT NULL, claimedAt TEXT NOT NULL,
     answer TEXT) STRICT;
   ALTER TABLE orders ADD COLUMN clientOrderId TEXT;
   CREATE INDEX ordersByClientOrderId ON orders (clientOrderId);`,
  `CREATE TABLE events (
     sequence INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, orderId INTEGER, subject TEXT,
     time TEXT NOT NULL, document TEXT NOT NULL) STRICT;
   CREATE INDEX eventsByOrder ON events (orderId, type) WHERE orderId IS NOT NULL;
   CREATE INDEX eventsByTime ON events (time);
   CREATE INDEX gaps ON events (sequence) WHERE orderId IS NULL;`,
  `CREATE INDEX executionsByOrderId ON executions (orderId);
   CREATE INDEX ordersByPermId ON orders (permId);
   ALTER TABLE keys ADD COLUMN about TEXT;`,
  `CREATE TABLE plans (
     orderId INTEGER PRIMARY KEY, key TEXT NOT NULL, kind TEXT NOT NULL, request TEXT NOT NULL,
     madeAt TEXT NOT NULL, state TEXT NOT NULL, reason TEXT, endedAt TEXT, steps TEXT NOT NULL) STRICT;
   CREATE INDEX plansByKey ON plans (key);`,
]

/** A lock of another process is waited for this long, ms; longer would hold up every call. */
const BUSY_TIMEOUT_MS = 250

/**
 * Opens a ledger file, made when missing, brought to the newest version. Every commit is on the disk when it
 * returns (`synchronous=FULL`).
 * @throws when the file cannot be used, or comes from a newer version of this program
 */
export function openDatabase(path: string): DatabaseSync {
  if (path !== ':memory:') {
    mkdirSync(dirname(path), { recursive: true })
    // positions and orders are nobody else's to read; SQLite gives its other files the same rights
    closeSync(openSync(path, 'a', 0o600))
  }
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS })
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
  migrate(database, path)
  return database
}

function migrate(database: DatabaseSync, path: string): void {
  const row = database.prepare('PRAGMA user_version').get() as { user_version: number }
  const from = row.user_version
  if (from > migrations.length) {
    throw new Error(`${path} was written by a newer version of this program (ledger ${from})`)
  }
  for (const [index, migration] of migrations.entries()) {
    if (index < from) continue
    inTransaction(database, () => {
      database.exec(migration)
      database.exec(`PRAGMA user_version = ${index + 1}`)
    })
  }
}

/** All or nothing. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}
