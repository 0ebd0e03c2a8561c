import { Gateway } from '../../simulator/gateway.ts'
import { noLimits } from '../../simulator/limits/settings.ts'

/**
 * A simulated gateway in a process of its own, with the options of its first argument; says its port when clients can
 * connect, and what memory it has in use whenever it is asked.
 */
const gateway = new Gateway({ port: 0, limits: noLimits, ...JSON.parse(process.argv[2] ?? '{}') })
await gateway.listen()
process.send?.(gateway.port)
process.on('message', () => {
  globalThis.gc?.()
  process.send?.(process.memoryUsage())
})
process.once('disconnect', () => process.exit(0))
