import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'

/** Wait before a dead process is started again, ms; doubles up to the maximum while it keeps dying. */
const RESTART_MIN_MS = 200
const RESTART_MAX_MS = 5000
/** One that lived this long has earned a fresh start, ms. */
const STEADY_MS = 30_000
/** A process asked to stop is killed after this, ms. */
const STOP_GRACE_MS = 12_000

export interface ChildOptions {
  /** `instance-3`: in messages, and the name of its log file */
  readonly name: string
  /** path of its main.ts */
  readonly main: string
  readonly env: Readonly<Record<string, string>>
  readonly logDir: string
  readonly onDeath: (name: string, how: string, restartMs: number) => void
}

/** One process of the local system, kept alive: when it dies it is reported and started again. */
export class Child {
  readonly name: string
  readonly logFile: string
  readonly #options: ChildOptions
  #process: ChildProcess | undefined
  #stopping = false
  #restartMs = RESTART_MIN_MS
  #timer: NodeJS.Timeout | undefined

  constructor(options: ChildOptions) {
    this.#options = options
    this.name = options.name
    this.logFile = join(options.logDir, `${options.name}.log`)
  }

  start(): void {
    const log = openSync(this.logFile, 'a')
    const startedAt = Date.now()
    const child = spawn(process.execPath, [this.#options.main], {
      env: { ...process.env, ...this.#options.env },
      // a group of its own: Ctrl-C reaches only us, and we stop everything in order; the IPC channel ends it with us
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    })
    closeSync(log)
    this.#process = child
    child.once('error', () => undefined)
    child.once('exit', (code, signal) => {
      this.#process = undefined
      if (this.#stopping) return
      if (Date.now() - startedAt > STEADY_MS) this.#restartMs = RESTART_MIN_MS
      this.#options.onDeath(this.name, signal ?? `exit code ${code}`, this.#restartMs)
      this.#timer = setTimeout(() => this.start(), this.#restartMs)
      this.#restartMs = Math.min(this.#restartMs * 2, RESTART_MAX_MS)
    })
  }

  /** Asks it to end and resolves when it has; kills it when it does not within the grace. */
  async stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#timer)
    const child = this.#process
    if (child === undefined) return
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill('SIGTERM')
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS)
    await gone
    clearTimeout(killer)
  }

  /** Ends it this instant. */
  kill(): void {
    this.#stopping = true
    clearTimeout(this.#timer)
    this.#process?.kill('SIGKILL')
  }
}
