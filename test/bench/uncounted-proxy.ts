import { Counter, Histogram } from 'prom-client'
import { DurationHistogram } from '../../shared/duration-histogram.ts'

/** The proxy as it is, but that no call is counted or timed for `/metrics`: shows what that costs. */
const nothing = () => undefined
Histogram.prototype.observe = nothing
Histogram.prototype.labels = () => ({ observe: nothing, startTimer: () => () => 0 })
DurationHistogram.prototype.child = () => nothing
Counter.prototype.inc = nothing
await import('../../proxy/main.ts')
