import { gateway } from './gateway.ts'
import { latency } from './latency.ts'
import { orders } from './orders.ts'
import { overview } from './overview.ts'
import { pacing } from './pacing.ts'

/** Every dashboard by the file it is committed as, in `dashboards/`. */
export const dashboards = {
  'overview.json': overview,
  'latency.json': latency,
  'orders.json': orders,
  'feeds-and-pacing.json': pacing,
  'gateway.json': gateway,
} as const
