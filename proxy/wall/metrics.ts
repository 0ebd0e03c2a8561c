import { Gauge, type Registry } from 'prom-client'
import type { Wall } from './wall.ts'

/** What the wall tells of itself when it is asked. */
export function countWall(registry: Registry, wall: Wall): void {
  new Gauge({
    name: 'ibrest_proxy_connections_refused_total',
    help: 'Connections closed and calls refused for where they came from, or because there were too many',
    registers: [registry],
    collect() {
      this.set(wall.refused)
    },
  })
  if (wall.certificateEndsAt === undefined) return
  new Gauge({
    name: 'ibrest_proxy_certificate_not_after_timestamp_seconds',
    help: 'When the certificate callers see ends',
    registers: [registry],
    collect() {
      this.set((wall.certificateEndsAt ?? 0) / 1000)
    },
  })
}
