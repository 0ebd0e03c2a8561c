import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseEnv } from 'node:util'
import t from 'tap'
import { parse } from 'yaml'
import type { InstanceConfig } from '../../instance/config.ts'
import type { ProxyConfig } from '../../proxy/config.ts'
import type { Parsed } from '../rig/parsed.ts'
import { configuredBy, GATEWAY_SETTINGS, isCoveredBy, probePaths } from '../rig/services.ts'
import { tempDir } from '../rig/temp-dir.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const { version } = JSON.parse(read('package.json'))

const PARTS = ['proxy', 'instance', 'simulator'] as const

/** What a Dockerfile says, an instruction a line. */
function instructionsOf(part: string): readonly string[] {
  return read(`Dockerfile.${part}`)
    .replace(/^#.*\n/gm, '')
    .replace(/\s*\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line !== '')
}

/** What follows an instruction, each time it is given. */
function told(part: string, instruction: string): readonly string[] {
  const start = `${instruction} `
  return instructionsOf(part)
    .filter((line) => line.startsWith(start))
    .map((line) => line.slice(start.length))
}

function environmentOfImage(part: string): Record<string, string> {
  const pairs = told(part, 'ENV').flatMap((line) => line.split(' ').map((pair) => pair.split('=')))
  return Object.fromEntries(pairs)
}

/** The compose file as it is with these variables set. */
function composed(variables: Readonly<Record<string, string | undefined>> = {}): Parsed {
  const fill = (text: string): string =>
    text.replace(/\$\{(\w+):-([^}]*)\}/g, (_, name, otherwise) => variables[name] || otherwise)
  const walk = (value: Parsed): Parsed => {
    if (typeof value === 'string') return fill(value)
    if (Array.isArray(value)) return value.map(walk)
    if (typeof value !== 'object' || value === null) return value
    const members = Object.entries(value).map(([key, one]): [string, Parsed] => {
      // a variable without a value is taken over where it is set
      return [key, one === null && variables[key] ? variables[key] : walk(one)]
    })
    return Object.fromEntries(
      members.filter(([key, one]) => one !== null || !/^[A-Z_]+$/.test(key)),
    )
  }
  return walk(parse(read('compose.yml'), { merge: true }))
}

function partOf(service: string): string {
  return service.replace(/-\d$/, '')
}

function configOf(compose: Parsed, service: string): object {
  const { environment = {} } = compose.services[service]
  const part = partOf(service)
  return configuredBy(part, { ...environmentOfImage(part), ...environment }).config
}

function meet(compose: Parsed, one: string, other: string): boolean {
  const networks: string[] = compose.services[one].networks
  return networks.some((network) => compose.services[other].networks.includes(network))
}

const gatewayEnv = parseEnv(read('deploy/docker/gateway.env'))

for (const part of PARTS) {
  t.test(`the image of the ${part} has all it needs to start`, async (t) => {
    const dir = tempDir(t)
    for (const copied of told(part, 'COPY').filter((line) => !line.startsWith('--from'))) {
      const [source = '', target = ''] = copied.split(' ')
      // the first stage only installs
      if (copied.startsWith('package.json package-lock.json')) continue
      t.match(read('.dockerignore'), new RegExp(`^!${source}$`, 'm'), 'it is in the context')
      cpSync(join(root, source), join(dir, target === './' ? source : target), { recursive: true })
    }
    if (part !== 'simulator') symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
    const [node = '', main = ''] = JSON.parse(told(part, 'CMD').at(-1) ?? '[]')
    t.equal(node, 'node')
    const { status, stderr } = spawnSync(
      process.execPath,
      [main, part === 'simulator' ? '--help' : '--check'],
      {
        cwd: dir,
        encoding: 'utf8',
        env: { ...environmentOfImage(part), INSTANCES: 'http://h:1', ALLOW_OPEN_LISTEN: 'yes' },
      },
    )
    t.equal(stderr, '')
    t.equal(status, 0)
  })

  t.test(`the image of the ${part} is that of a stranger without rights`, async (t) => {
    t.same(told(part, 'USER'), ['1000:1000'])
    t.match(instructionsOf(part).join('\n'), `ARG VERSION=${version}`)
    const environment = environmentOfImage(part)
    t.equal(environment.ALLOW_OPEN_LISTEN, undefined, 'whoever runs it has to say so')
    const { known } = configuredBy(part, {
      ...environment,
      INSTANCES: 'http://h:1',
      ALLOW_OPEN_LISTEN: 'yes',
    })
    for (const name of Object.keys(environment)) t.ok(known.has(name), name)
    const [, variable = '', path = ''] =
      /\$\{process\.env\.(\w+)\}([^`]*)`/.exec(read(`Dockerfile.${part}`)) ?? []
    t.ok(probePaths(part).has(path), 'it is healthy when this answers')
    t.ok(environment[variable], 'at the port it listens on')
    t.ok(
      told(part, 'EXPOSE')
        .join()
        .split(' ')
        .includes(environment[variable] ?? ''),
    )
  })
}

for (const [name, variables] of [
  ['with the simulator', {}],
  ['with a gateway', gatewayEnv],
] as const) {
  const compose = composed(variables)
  const services: readonly [string, Parsed][] = Object.entries(compose.services)
  const ours = services.filter(([service]) => PARTS.some((part) => part === partOf(service)))
  const instances = ours.map(([service]) => service).filter((one) => one.startsWith('instance-'))

  t.test(`compose ${name}: every variable is read, and its value is taken`, async (t) => {
    for (const [service, { environment = {} }] of ours) {
      const part = partOf(service)
      const all = { ...environmentOfImage(part), ...environment }
      const { known } = configuredBy(part, all)
      for (const variable of Object.keys(environment)) t.ok(known.has(variable), variable)
      for (const value of Object.values(environment)) t.type(value, 'string')
    }
    for (const variable of Object.keys(compose.services['ib-gateway'].environment))
      t.ok(GATEWAY_SETTINGS.has(variable), variable)
  })

  t.test(`compose ${name}: the proxy asks every instance, each at its client id`, async (t) => {
    const { origins, keyClients } = configOf(compose, 'proxy') as ProxyConfig
    const expected = instances.map((service, n) => {
      const { clientId, port } = configOf(compose, service) as InstanceConfig
      t.equal(clientId, n)
      t.ok(meet(compose, 'proxy', service))
      return `http://${service}:${port}`
    })
    t.same(origins, expected)
    t.equal(keyClients, expected.length)
    const ledgers = instances.flatMap((service) => compose.services[service].volumes)
    t.same(
      ledgers,
      instances.map((_, n) => `ledger-${n}:/data`),
    )
  })

  t.test(`compose ${name}: instances find their gateway, and nobody else does`, async (t) => {
    const config = configOf(compose, 'instance-0') as InstanceConfig
    const { host, port } = config.gateway
    t.ok(meet(compose, 'instance-0', host))
    for (const other of ['proxy', 'prometheus', 'grafana']) t.notOk(meet(compose, other, host))
    t.equal(compose.services.simulator.deploy.replicas, host === 'simulator' ? '1' : '0')
    t.equal(config.ledgerPath, `/data/${config.tradingMode}/client-0.sqlite`)
    if (host === 'simulator') return void t.equal(config.tradingMode, 'simulated')
    const { environment } = compose.services[host]
    t.equal(environment.TRADING_MODE, config.tradingMode)
    t.equal(port, environment.TRADING_MODE === 'live' ? 4003 : 4004)
    t.equal(environment.READ_ONLY_API, 'yes')
    t.ok(
      isCoveredBy(environment.AUTO_RESTART_TIME, environment.TIME_ZONE, config.restartWindows),
      'no orders around its restart',
    )
  })

  t.test(`compose ${name}: everything is locked up, and stops in its time`, async (t) => {
    for (const [service, { ports = [], image, cap_drop: dropped }] of services) {
      for (const port of ports) t.match(port, /^127\.0\.0\.1:/, service)
      t.same(dropped, ['ALL'])
      t.match(image, /:v?\d+\.\d+/, 'a version of its own')
      for (const network of compose.services[service].networks) t.ok(network in compose.networks)
    }
    for (const [service, told] of ours) {
      t.equal(told.read_only, true)
      t.equal(told.image, `ibrest-${partOf(service)}:${version}`)
      t.equal(told.build.dockerfile, `Dockerfile.${partOf(service)}`)
      const { shutdownGraceMs = 0 } = configOf(compose, service) as ProxyConfig
      if (shutdownGraceMs > 0)
        t.ok(Number.parseInt(told.stop_grace_period, 10) * 1000 > shutdownGraceMs)
    }
    const volumes = services.flatMap(([, { volumes = [] }]) => volumes as string[])
    for (const volume of volumes.filter((one) => !one.startsWith('.')))
      t.ok((volume.split(':')[0] ?? '') in compose.volumes, volume)
  })
}

t.test('each setting in gateway.env is one of the compose file', async (t) => {
  const names = [...read('compose.yml').matchAll(/\$\{(\w+):-|^ +([A-Z_]+):$/gm)].flatMap(
    ([, filled, taken]) => filled ?? taken ?? [],
  )
  for (const name of Object.keys(gatewayEnv))
    t.ok(name === 'COMPOSE_PROFILES' || names.includes(name), name)
})

const monitoring = join(root, 'deploy/monitoring')

t.test(
  'Prometheus and Grafana find their files, and the services their names',
  {
    skip: existsSync(monitoring) ? false : 'there is no deploy/monitoring',
  },
  async (t) => {
    const { prometheus, grafana, ...others } = composed().services
    for (const volume of [...prometheus.volumes, ...grafana.volumes])
      if (volume.startsWith('.')) t.ok(existsSync(join(root, volume.split(':')[0])), volume)
    const told = read('deploy/monitoring/prometheus/prometheus.yml')
    const targets = parse(told).scrape_configs.flatMap((job: Parsed) =>
      job.file_sd_configs.flatMap(({ files }: Parsed) =>
        files.flatMap((file: string) =>
          parse(read(join('deploy/monitoring/prometheus', file))).flatMap(
            (one: Parsed) => one.targets,
          ),
        ),
      ),
    )
    const watched = Object.keys(others).filter((one) => /^(proxy|instance-\d)$/.test(one))
    const wanted = watched.map(
      (service) => `${service}:${(configOf(composed(), service) as ProxyConfig).metricsPort}`,
    )
    t.same(targets.sort(), wanted.sort())
    for (const service of watched) t.ok(meet(composed(), 'prometheus', service))
    const [provider] = parse(
      read('deploy/monitoring/grafana/provisioning/dashboards/ibrest.yml'),
    ).providers
    t.ok(
      grafana.volumes.some((volume: string) => volume.split(':')[1] === provider.options.path),
      'dashboards are where Grafana looks for them',
    )
    t.ok(existsSync(join(dirname(monitoring), 'monitoring/grafana/dashboards')))
  },
)
