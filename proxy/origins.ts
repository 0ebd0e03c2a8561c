import { ConfigError } from '../shared/env.ts'
import { MAX_POOL_SIZE } from '../shared/ids.ts'

/** Where the instances are told: in so many words, in a file, or by the names of a headless service. */
export type OriginSource =
  | { readonly kind: 'list'; readonly origins: readonly string[] }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'dns'; readonly name: string; readonly port: number }

const DNS = /^dns:([a-z0-9]([a-z0-9.-]*[a-z0-9])?):(\d{1,5})$/i

/** Reads `INSTANCES`. @throws ConfigError */
export function sourceOf(text: string): OriginSource {
  if (text.startsWith('file:') && text.length > 'file:'.length)
    return { kind: 'file', path: text.slice('file:'.length) }
  if (!text.startsWith('dns:')) return { kind: 'list', origins: checkOrigins(text.split(',')) }
  const [, name, , port] = DNS.exec(text) ?? []
  if (name === undefined || Number(port) < 1 || Number(port) > 65_535)
    throw new ConfigError(`INSTANCES is "${text}": such as dns:ibrest-instance:3100`)
  return { kind: 'dns', name, port: Number(port) }
}

/** The origins in a file, one a line; `#` begins a remark. @throws ConfigError */
export function parseOrigins(text: string): readonly string[] {
  return checkOrigins(text.split('\n').map((line) => line.replace(/#.*/, '')))
}

/** Where pod n of a headless service listens: `http://ibrest-instance-2.ibrest-instance:3100`. */
export function podHost(name: string, n: number): string {
  return `${name.split('.', 1)[0]}-${n}.${name}`
}

/** One origin per instance, in client-id order, each once. @throws ConfigError */
export function checkOrigins(parts: readonly string[]): readonly string[] {
  const origins = parts.map((part) => part.trim()).filter((part) => part !== '')
  const wrong = origins.filter((origin) => {
    const url = URL.parse(origin)
    return (
      url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== ''
    )
  })
  if (wrong.length > 0) {
    throw new ConfigError(
      `INSTANCES must list origins such as http://127.0.0.1:3100; these are none: ${wrong.join(', ')}`,
    )
  }
  const unique = origins.map((origin) => new URL(origin).origin)
  if (new Set(unique).size !== unique.length) {
    throw new ConfigError(
      'INSTANCES names an origin twice; each client id needs an instance of its own',
    )
  }
  if (unique.length === 0 || unique.length > MAX_POOL_SIZE) {
    throw new ConfigError(`INSTANCES must list 1 to ${MAX_POOL_SIZE} origins, in client-id order`)
  }
  return unique
}
