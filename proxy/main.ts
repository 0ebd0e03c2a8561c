import { isCheck, tellCheck } from '../shared/check.ts'
import { failStart, runProcess, startupMessage } from '../shared/service.ts'
import { buildProxy } from './app.ts'
import { type ProxyConfig, readConfig } from './config.ts'

function configured(): ProxyConfig {
  try {
    return readConfig()
  } catch (error) {
    return failStart(startupMessage(error, { host: '', port: 0, variable: 'IBREST_PORT' }))
  }
}

const config = configured()
if (isCheck()) tellCheck('proxy', config)
const proxy = await buildProxy(config)
const { host, port } = config

await runProcess({
  log: proxy.app.log,
  graceMs: config.shutdownDrainMs + config.shutdownGraceMs,
  listening: { host, port, variable: 'IBREST_PORT' },
  start: async () => {
    await proxy.start()
    await proxy.app.listen({ host, port })
    proxy.app.log.info(
      { addresses: proxy.app.addresses(), instances: config.instances },
      'proxy ready',
    )
  },
  stop: () => proxy.stop(),
  // where instances are named by more than the environment, a hangup asks to read again
  ...(config.instances.kind !== 'list' && { hangup: () => void proxy.reread() }),
})
