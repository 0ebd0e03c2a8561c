import { readConfig as readInstance } from '../../instance/config.ts'
import type { RestartWindow } from '../../instance/restart-window.ts'
import { readConfig as readProxy } from '../../proxy/config.ts'
import { operations, urlsOf } from '../../shared/api/index.ts'
import { readConfig as readSimulator } from '../../simulator/config.ts'

/** The settings of the image of the gateway that we may use, as its own documentation lists them. */
export const GATEWAY_SETTINGS: ReadonlySet<string> = new Set(
  `ALLOW_BLIND_TRADING AUTO_LOGOFF_TIME AUTO_RESTART_TIME BYPASS_WARNING CUSTOM_CONFIG EXISTING_SESSION_DETECTED_ACTION
  JAVA_HEAP_SIZE READ_ONLY_API RELOGIN_AFTER_TWOFA_TIMEOUT TIME_ZONE TRADING_MODE TWOFA_DEVICE TWOFA_EXIT_INTERVAL
  TWOFA_TIMEOUT_ACTION TWS_ACCEPT_INCOMING TWS_COLD_RESTART TWS_MASTER_CLIENT_ID TWS_PASSWORD TWS_PASSWORD_FILE
  TWS_PASSWORD_PAPER TWS_PASSWORD_PAPER_FILE TWS_SETTINGS_PATH TWS_USERID TWS_USERID_PAPER TZ VNC_SERVER_PASSWORD
  VNC_SERVER_PASSWORD_FILE`.split(/\s+/),
)

/** What Node and SQLite read themselves. */
const RUNTIME = ['NODE_ENV', 'SQLITE_TMPDIR']

const readers: Readonly<Record<string, (env: NodeJS.ProcessEnv) => object>> = {
  proxy: readProxy,
  instance: readInstance,
  simulator: readSimulator,
}

/**
 * How a part of ours (`proxy`, `instance`, `simulator`) or the gateway takes an environment: its configuration, and every
 * variable it looks at.
 * @throws ConfigError where a value is not taken
 */
export function configuredBy(
  part: string,
  environment: Readonly<Record<string, string>>,
): { readonly config: object; readonly known: ReadonlySet<string> } {
  if (part === 'ib-gateway') return { config: environment, known: GATEWAY_SETTINGS }
  const reader = readers[part]
  if (reader === undefined) throw new Error(`what is ${part}?`)
  const known = new Set<string>(RUNTIME)
  const watched = new Proxy<NodeJS.ProcessEnv>(
    { ...environment },
    {
      get: (values, name) => {
        known.add(String(name))
        return values[String(name)]
      },
    },
  )
  return { config: reader(watched), known }
}

/** Paths that a part answers a GET at. */
export function probePaths(part: string): ReadonlySet<string> {
  // the simulator's side door has a list of itself there (simulator/control.ts)
  if (part === 'simulator') return new Set(['/'])
  return new Set(operations.filter(({ method }) => method === 'GET').flatMap(urlsOf))
}

/** Whether a time as the gateway's image has it (`11:45 PM`) lies in a window of every day, in the same zone. */
export function isCoveredBy(
  time: string,
  zone: string,
  windows: readonly RestartWindow[],
): boolean {
  const [, hours, minutes, half] = /^(\d{2}):(\d{2}) (AM|PM)$/.exec(time) ?? []
  if (half === undefined) return false
  const at = ((Number(hours) % 12) + (half === 'PM' ? 12 : 0)) * 60 + Number(minutes)
  return windows.some(
    ({ day, zone: theirs, start, end }) =>
      day === undefined &&
      theirs === zone &&
      (start < end ? at > start && at < end : at > start || at < end),
  )
}
