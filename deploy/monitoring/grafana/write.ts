import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dashboards } from './dashboards.ts'

// the files that Grafana reads; a test holds them against what they are made from
for (const [file, dashboard] of Object.entries(dashboards))
  writeFileSync(
    join(import.meta.dirname, 'dashboards', file),
    `${JSON.stringify(dashboard, null, 2)}\n`,
  )
