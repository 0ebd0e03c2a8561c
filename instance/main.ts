import { isCheck, tellCheck } from '../shared/check.ts'
import { failStart, runProcess, startupMessage } from '../shared/service.ts'
import { buildInstance, type RunnableInstance } from './app.ts'
import { type InstanceConfig, readConfig } from './config.ts'

function configured(): InstanceConfig {
  try {
    return readConfig()
  } catch (error) {
    return failStart(startupMessage(error, { host: '', port: 0, variable: 'IBREST_PORT' }))
  }
}

async function built(from: InstanceConfig): Promise<RunnableInstance> {
  try {
    return await buildInstance(from)
  } catch (error) {
    return failStart(`The ledger ${from.ledgerPath} cannot be used: ${(error as Error).message}`)
  }
}

const config = configured()
if (isCheck()) tellCheck(`instance-${config.clientId}`, config)
const instance = await built(config)
const { host, port, clientId, gateway } = config

await runProcess({
  log: instance.app.log,
  graceMs: config.shutdownGraceMs,
  listening: { host, port, variable: 'IBREST_PORT' },
  start: async () => {
    await instance.metricsPort?.listen(host)
    await instance.app.listen({ host, port })
    // the gateway may come when it likes: this is what tells callers that it has not
    instance.start()
    instance.app.log.info(
      { addresses: instance.app.addresses(), clientId, gateway },
      'instance ready',
    )
  },
  stop: () => instance.stop(),
})
