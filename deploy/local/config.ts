import { Type } from 'typebox'
import { ConfigError, isLoopback, readEnvironment } from '../../shared/env.ts'
import { MAX_POOL_SIZE } from '../../shared/ids.ts'

const range = { minimum: 1, maximum: 65_535 }
const port = (number: number) => Type.Integer({ default: number, ...range })

const environment = {
  IBREST_HOST: Type.String({ default: '127.0.0.1', minLength: 1 }),
  IBREST_PORT: port(8080),
  INSTANCE_BASE_PORT: port(3100),
  SIMULATOR_PORT: port(4002),
  SIMULATOR_CONTROL_PORT: port(4080),
  POOL_SIZE: Type.Integer({ default: 8, minimum: 1, maximum: MAX_POOL_SIZE }),
  DATA_DIR: Type.String({ default: 'data', minLength: 1 }),
  IBREST_TLS: Type.String({ default: 'auto' }),
  IBGW_HOST: Type.Optional(Type.String({ minLength: 1 })),
  IBGW_PORT: Type.Optional(Type.Integer(range)),
}

export interface LocalConfig {
  readonly host: string
  readonly port: number
  /** the proxy speaks TLS */
  readonly isTls: boolean
  readonly instanceBasePort: number
  readonly simulatorPort: number
  readonly simulatorControlPort: number
  readonly poolSize: number
  readonly dataDir: string
  /** where the instances log in */
  readonly gateway: { readonly host: string; readonly port: number; readonly simulated: boolean }
}

/** As the proxy decides it (proxy/wall/settings.ts). */
function speaksTls(wish: string, host: string, certFile: string | undefined): boolean {
  if (wish === 'off') return false
  return wish === 'on' || (certFile ?? '') !== '' || !isLoopback(host)
}

/**
 * What `npm start` is to bring up.
 * @throws ConfigError naming everything that is wrong
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): LocalConfig {
  const values = readEnvironment(environment, env)
  const { IBGW_HOST, IBGW_PORT } = values
  const simulated = IBGW_HOST === undefined && IBGW_PORT === undefined
  if (values.INSTANCE_BASE_PORT + values.POOL_SIZE > 65_536) {
    throw new ConfigError(
      `INSTANCE_BASE_PORT is ${values.INSTANCE_BASE_PORT}: there is no room for ${values.POOL_SIZE} ports above it`,
    )
  }
  return Object.freeze({
    host: values.IBREST_HOST,
    port: values.IBREST_PORT,
    isTls: speaksTls(values.IBREST_TLS, values.IBREST_HOST, env.TLS_CERT_FILE),
    instanceBasePort: values.INSTANCE_BASE_PORT,
    simulatorPort: values.SIMULATOR_PORT,
    simulatorControlPort: values.SIMULATOR_CONTROL_PORT,
    poolSize: values.POOL_SIZE,
    dataDir: values.DATA_DIR,
    gateway: simulated
      ? { host: '127.0.0.1', port: values.SIMULATOR_PORT, simulated }
      : { host: IBGW_HOST ?? '127.0.0.1', port: IBGW_PORT ?? 4002, simulated },
  })
}
