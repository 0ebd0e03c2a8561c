import { setFlagsFromString } from 'node:v8'
import { isCheck, tellCheck } from '../shared/check.ts'
import { failStart, runProcess, startupMessage } from '../shared/service.ts'
import { buildProxy, type RunnableProxy } from './app.ts'
import { type ProxyConfig, readConfig } from './config.ts'

// V8 takes for long-lived what lived on while a proxy warmed up, and makes it among what is old from then on. Of a call it is dead at once,
// and keeps the rest of it: now and then a process had collections of 19 ms twice a second for it (docs/decisions/0014)
setFlagsFromString('--no-allocation-site-pretenuring')

function configured(): ProxyConfig {
  try {
    return readConfig()
  } catch (error) {
    return failStart(startupMessage(error, { host: '', port: 0, variable: 'IBREST_PORT' }))
  }
}

async function built(from: ProxyConfig): Promise<RunnableProxy> {
  try {
    return await buildProxy(from)
  } catch (error) {
    return failStart(startupMessage(error, { host, port, variable: 'IBREST_PORT' }))
  }
}

const config = configured()
if (isCheck()) tellCheck('proxy', config)
const { host, port } = config
const proxy = await built(config)

await runProcess({
  log: proxy.app.log,
  graceMs: config.shutdownDrainMs + config.shutdownGraceMs,
  listening: { host, port, variable: 'IBREST_PORT' },
  start: async () => {
    await proxy.start()
    await proxy.metricsPort?.listen(host)
    await proxy.app.listen({ host, port })
    proxy.app.log.info(
      {
        addresses: proxy.app.addresses(),
        metrics: proxy.metricsPort?.addresses,
        instances: config.instances,
      },
      'proxy ready',
    )
  },
  stop: () => proxy.stop(),
  // where more than the environment is read, a hangup asks to read it again
  ...((config.instances.kind !== 'list' || config.wall.tls) && {
    hangup: () => void proxy.reread(),
  }),
})
