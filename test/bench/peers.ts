import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../rig/system.ts'

/** Something a user could put before eight backends that bear one call at a time. */
export interface Peer {
  readonly name: string
  /** Starts it before these origins, on a free port of this machine. */
  start(origins: readonly string[]): Promise<Running>
}

/** Where calls are sent, and what that costs. */
export interface Target {
  readonly url: string
  /** processor time spent so far, seconds */
  cpuSeconds(): number
}

export interface Running extends Target, AsyncDisposable {}

/** Processor time of all threads of a process, seconds. Told in nanoseconds, where /proc/PID/stat counts hundredths of a second. */
function cpuSecondsOf(pid: number): number {
  const folder = `/proc/${pid}/task`
  const spent = readdirSync(folder).map((thread) => {
    const [onProcessor] = readFileSync(join(folder, thread, 'schedstat'), 'utf8').split(' ')
    return Number(onProcessor)
  })
  return spent.reduce((sum, ns) => sum + ns, 0) / 1e9
}

async function running(child: ChildProcess, port: number, folder?: string): Promise<Running> {
  const url = `http://127.0.0.1:${port}`
  let told = ''
  child.stderr?.on('data', (text) => {
    told += text
  })
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended at once: ${told}`)
    const answers = await fetch(`${url}/clients`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (answers) break
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return {
    url,
    cpuSeconds: () => cpuSecondsOf(child.pid as number),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      if (child.exitCode === null) await once(child, 'exit')
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}

function configured(text: (folder: string) => string): { file: string; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'ibrest-bench-'))
  const file = join(folder, 'config')
  writeFileSync(file, text(folder))
  return { file, folder }
}

const hostOf = (origin: string) => new URL(origin).host

async function node(
  program: string,
  env: Readonly<Record<string, string>>,
  port: number,
): Promise<Running> {
  const child = spawn(process.execPath, [join(import.meta.dirname, program)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return await running(child, port)
}

/** IBREST's own proxy with these settings beside those it is shipped with, its log at `warn`. */
export function ibrestWith(
  env: Readonly<Record<string, string>>,
  program = '../../proxy/main.ts',
): Peer {
  return {
    name: 'IBREST',
    async start(origins) {
      const { proxy: port } = await freePorts(0)
      const settings = {
        INSTANCES: origins.join(','),
        IBREST_PORT: String(port),
        LOG_LEVEL: 'warn',
      }
      return await node(program, { ...settings, ...env }, port)
    },
  }
}

/** IBREST's own proxy as it is shipped: metrics, priorities, joining, limits. */
export const ibrest = ibrestWith({})

/** The 2017 way: who finds no instance free looks again after a tick of 250 ms (ticked.ts). */
export const ticked: Peer = {
  name: 'tick',
  async start(origins) {
    const { proxy: port } = await freePorts(0)
    return await node('ticked.ts', { ORIGINS: origins.join(','), PORT: String(port) }, port)
  },
}

/**
 * HAProxy with one call at a time for each server, its queue, and connections kept on both sides. One thread: with two
 * it sends calls to servers that are still at work. `-db` keeps it the process that was started, whose time is read.
 */
export const haproxy: Peer = {
  name: 'HAProxy',
  async start(origins) {
    const { proxy: port } = await freePorts(0)
    const servers = origins.map((origin, n) => `  server s${n} ${hostOf(origin)} maxconn 1`)
    const { file, folder } = configured(
      () => `global
  maxconn 4096
  nbthread 1
defaults
  mode http
  option http-keep-alive
  http-reuse always
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout queue 60s
frontend callers
  bind 127.0.0.1:${port}
  default_backend instances
backend instances
  balance leastconn
${servers.join('\n')}
`,
    )
    const child = spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] })
    return await running(child, port, folder)
  },
}

/** nginx, which has no queue: what it cannot place it sends all the same. */
export const nginx: Peer = {
  name: 'nginx',
  async start(origins) {
    const { proxy: port } = await freePorts(0)
    const servers = origins.map((origin) => `    server ${hostOf(origin)};`)
    const { file, folder } = configured(
      (own) => `daemon off;
master_process off;
pid ${own}/pid;
error_log ${own}/error.log;
events { worker_connections 2048; }
http {
  access_log off;
  upstream instances {
    least_conn;
${servers.join('\n')}
    keepalive 64;
  }
  server {
    listen 127.0.0.1:${port};
    keepalive_requests 1000000;
    location / {
      proxy_pass http://instances;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
  }
}
`,
    )
    const child = spawn('nginx', ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] })
    return await running(child, port, folder)
  },
}
