import t from 'tap'
import { torture } from '../rig/torture.ts'

/** In CI a few; `npm run torture` plays `TORTURE_SEEDS` of them, from `TORTURE_FIRST` on. */
const COUNT = Number(process.env.TORTURE_SEEDS ?? 10)
const FIRST = Number(process.env.TORTURE_FIRST ?? 1)
const SEEDS = Array.from({ length: COUNT }, (_, index) => FIRST + index)

t.setTimeout(SEEDS.length * 120_000)
for (const seed of SEEDS) {
  t.test(
    `whatever is killed, lost, late or told twice, every key is one order (seed ${seed})`,
    { timeout: 120_000 },
    (t) => torture(t, { seed, poolSize: 4, callers: 8, orders: 40 }),
  )
}
