import { ConfigError, readConfig, type SimulatorConfig, settingsHelp } from './config.ts'
import { Control } from './control.ts'
import { defaults, Gateway } from './gateway.ts'

const HELP = `A simulated IB Gateway: it speaks the wire protocol of TWS to any client.

usage: node simulator/main.ts [--help]

Settings are taken from the environment (defaults in brackets):
${settingsHelp()}

GET / on the control port tells what can be asked and done there.
`

function log(level: 'info' | 'error', msg: string, more: object = {}): void {
  process.stdout.write(`${JSON.stringify({ level, time: Date.now(), msg, ...more })}\n`)
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

function configured(): SimulatorConfig {
  try {
    return readConfig()
  } catch (error) {
    return fail(error instanceof ConfigError ? error.message : String(error))
  }
}

/** One line that says what to do, instead of a stack. */
function explain(error: unknown, host: string, port: number, setting: string): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is taken. End what listens there, or set ${setting}.`
  }
  if (code === 'EACCES') return `Port ${port} may not be used by this user. Set ${setting}.`
  return `${host}:${port} cannot be listened on: ${message}`
}

async function run(config: SimulatorConfig): Promise<void> {
  const report = (message: string) => log('error', message)
  const gateway = new Gateway({ ...config.gateway, report })
  const control = new Control(gateway)
  const { host, controlPort } = config
  const port = config.gateway.port ?? defaults.port
  await gateway.listen().catch((error) => fail(explain(error, host, port, 'SIMULATOR_PORT')))
  await control
    .listen(host, controlPort)
    .catch((error) => fail(explain(error, host, controlPort, 'SIMULATOR_CONTROL_PORT')))
  const { serverVersion, accounts } = gateway.options
  log('info', 'simulator ready', {
    ...{ port: gateway.port, control: control.port, host, serverVersion, accounts },
  })
  let ending = false
  const end = () => {
    if (ending) process.exit(1)
    ending = true
    void Promise.all([gateway.close(), control.close()]).then(() => process.exit(0))
  }
  process.on('SIGTERM', end)
  process.on('SIGINT', end)
  // started by another process over an IPC channel: ends with it
  process.once('disconnect', end)
}

if (process.argv.includes('--help') || process.argv.includes('-h')) process.stdout.write(HELP)
else await run(configured())
