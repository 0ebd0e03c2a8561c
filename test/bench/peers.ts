import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Something a user could put before eight backends that bear one call at a time. */
export interface Peer {
  readonly name: string
  /** starts it before these origins, listening on a port of this machine */
  start(origins: readonly string[], port: number): Promise<Running>
}

export interface Running {
  readonly url: string
  /** processor time spent so far, seconds */
  cpuSeconds(): number
  stop(): Promise<void>
}

const TICKS_PER_SECOND = 100

/** Processor time of a process and the children it has waited for, seconds (proc(5): utime, stime). */
function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
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
    async stop() {
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

/** IBREST's own proxy as it is shipped: metrics, priorities, joining, limits, its log at `warn`. */
export const ibrest: Peer = {
  name: 'IBREST',
  start(origins, port) {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../../proxy/main.ts')], {
      env: {
        ...process.env,
        INSTANCES: origins.join(','),
        IBREST_PORT: String(port),
        LOG_LEVEL: 'warn',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    return running(child, port)
  },
}

/** HAProxy with one call at a time for each server, its queue, and connections kept on both sides. */
export const haproxy: Peer = {
  name: 'HAProxy',
  start(origins, port) {
    const servers = origins.map((origin, n) => `  server s${n} ${hostOf(origin)} maxconn 1`)
    const { file, folder } = configured(
      () => `global
  maxconn 4096
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
    return running(child, port, folder)
  },
}

/** nginx, which has no queue: what it cannot place it sends all the same. */
export const nginx: Peer = {
  name: 'nginx',
  start(origins, port) {
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
    return running(child, port, folder)
  },
}
