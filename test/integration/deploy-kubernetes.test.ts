import { readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { generated } from '../../deploy/kubernetes/generate.ts'
import { readConfig as readInstance } from '../../instance/config.ts'
import { readConfig as readProxy } from '../../proxy/config.ts'
import { readConfig as readSimulator } from '../../simulator/config.ts'
import {
  chosenBy,
  containerOf,
  containersOf,
  environmentOf,
  KUBERNETES,
  kustomize,
  type Labels,
  type Manifest,
  named,
  ofKind,
  portOf,
  readManifests,
  SYSTEMS,
  selects,
  whyNoKustomize,
  workloads,
} from '../rig/manifests.ts'
import type { Parsed } from '../rig/parsed.ts'
import { configuredBy, GATEWAY_SETTINGS, isCoveredBy, probePaths } from '../rig/services.ts'
import { tempDir } from '../rig/temp-dir.ts'

const skip = whyNoKustomize() ?? false
const { version } = JSON.parse(readFileSync(join(KUBERNETES, '../../package.json'), 'utf8'))
const systems = skip ? [] : SYSTEMS.map((dir) => [dir, kustomize(join(KUBERNETES, dir))] as const)
const monitoring = skip ? [] : kustomize(join(KUBERNETES, 'overlays/monitoring'))
const everything: readonly (readonly [string, Manifest[]])[] = [
  ['ibgateway.yml', readManifests('ibgateway.yml')],
  ...systems,
]

/** What of a secret is created by the commands in ibgateway.yml and overlays/live; the others may be missing. */
const SECRETS: Readonly<Record<string, readonly string[]>> = {
  ibgateway: ['vnc-password'],
  ibrest: ['instance-token'],
}

function template({ spec }: Manifest): Parsed {
  return spec.template.spec
}

function podLabels({ spec }: Manifest): Labels {
  return spec.template.metadata.labels
}

/** Whether the policies let pods of one workload reach a port of another: both of them must. */
function mayReach(documents: readonly Manifest[], from: Manifest, to: Manifest, port: number) {
  const allows = (direction: 'ingress' | 'egress', at: Manifest, peer: Manifest) => {
    const type = direction === 'ingress' ? 'Ingress' : 'Egress'
    const policies = ofKind(documents, 'NetworkPolicy').filter(
      ({ spec }) => spec.policyTypes.includes(type) && selects(spec.podSelector, podLabels(at)),
    )
    if (policies.length === 0) return true
    const rules: Parsed[] = policies.flatMap(({ spec }) => spec[direction] ?? [])
    return rules.some(
      (rule) =>
        (rule.ports ?? [{ port }]).some((one: Parsed) => one.port === port) &&
        (rule.from ?? rule.to).some(
          (one: Parsed) => one.podSelector && selects(one.podSelector, podLabels(peer)),
        ),
    )
  }
  return allows('egress', from, to) && allows('ingress', to, from)
}

function isPrometheus(rule: Parsed): boolean {
  const prometheus = { 'app.kubernetes.io/name': 'prometheus' }
  return rule.namespaceSelector !== undefined && selects(rule.podSelector, prometheus)
}

for (const [name, documents] of everything) {
  t.test(`${name}: what is selected is there`, async (t) => {
    const ids = documents.map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    t.equal(new Set(ids).size, ids.length, 'no document twice')
    for (const workload of workloads(documents)) {
      t.ok(selects(workload.spec.selector, podLabels(workload)), workload.metadata.name)
      for (const { labelSelector } of template(workload).topologySpreadConstraints ?? [])
        t.ok(selects(labelSelector, podLabels(workload)), 'is spread')
    }
    for (const kind of ['Service', 'PodDisruptionBudget'])
      for (const { metadata, spec } of ofKind(documents, kind))
        t.equal(chosenBy(documents, spec.selector).length, 1, `${kind} ${metadata.name}`)
    for (const { metadata, spec } of ofKind(documents, 'NetworkPolicy'))
      t.ok(chosenBy(documents, spec.podSelector).length > 0, `NetworkPolicy ${metadata.name}`)
  })

  t.test(`${name}: ports that are named exist`, async (t) => {
    for (const workload of workloads(documents)) {
      for (const container of containersOf(workload)) {
        for (const { name: port } of container.ports ?? []) t.ok(port.length <= 15, port)
        for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
          const { httpGet } = container[probe] ?? {}
          if (httpGet === undefined) continue
          t.ok(portOf(container, httpGet.port), `${container.name}: ${probe}`)
          t.ok(probePaths(container.name).has(httpGet.path), `${container.name}: ${httpGet.path}`)
        }
      }
    }
    for (const { metadata, spec } of ofKind(documents, 'Service')) {
      const [behind] = chosenBy(documents, spec.selector)
      for (const { targetPort } of spec.ports)
        t.ok(behind && portOf(containerOf(behind), targetPort), `${metadata.name}: ${targetPort}`)
    }
  })

  t.test(`${name}: secrets, claims and accounts are those that are made`, async (t) => {
    for (const workload of workloads(documents)) {
      const pod = template(workload)
      const account = named(documents, 'ServiceAccount', pod.serviceAccountName)
      t.equal(account.automountServiceAccountToken, false)
      t.equal(pod.automountServiceAccountToken, false)
      for (const { persistentVolumeClaim, secret } of pod.volumes ?? []) {
        if (persistentVolumeClaim)
          t.ok(named(documents, 'PersistentVolumeClaim', persistentVolumeClaim.claimName))
        if (secret) t.ok(SECRETS[secret.secretName], secret.secretName)
      }
      const volumes = [...(pod.volumes ?? []), ...(workload.spec.volumeClaimTemplates ?? [])]
      const names = volumes.map((one) => one.name ?? one.metadata.name)
      for (const container of containersOf(workload)) {
        const mounts: Parsed[] = container.volumeMounts ?? []
        for (const mount of mounts) t.ok(names.includes(mount.name), mount.name)
        for (const { name: variable, value, valueFrom } of container.env ?? []) {
          const key = valueFrom?.secretKeyRef
          if (key) t.ok(SECRETS[key.name]?.includes(key.key) || key.optional === true, variable)
          if (/_(FILE|PATH|DIR)$/.test(variable))
            t.ok(
              mounts.some(({ mountPath }) => `${value}/`.startsWith(`${mountPath}/`)),
              `${variable} is in a volume`,
            )
        }
      }
    }
  })

  t.test(`${name}: pods have no more rights than they need`, async (t) => {
    for (const workload of workloads(documents)) {
      const pod = template(workload)
      // a Service of the name of one of our variables would set it
      t.equal(pod.enableServiceLinks, false)
      t.match(pod.securityContext, {
        runAsNonRoot: true,
        runAsUser: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      })
      for (const container of containersOf(workload)) {
        const { securityContext, resources } = container
        t.same(securityContext.capabilities, { drop: ['ALL'] })
        t.equal(securityContext.allowPrivilegeEscalation, false)
        // the gateway's image writes its own configuration
        t.equal(securityContext.readOnlyRootFilesystem, container.name !== 'ib-gateway')
        t.ok(resources.requests.cpu && resources.requests.memory && resources.limits.memory)
      }
    }
  })

  t.test(`${name}: every variable is read, and its value is taken`, async (t) => {
    for (const workload of workloads(documents)) {
      const container = containerOf(workload)
      const environment = environmentOf(container)
      const { known } = configuredBy(container.name, environment)
      for (const variable of Object.keys(environment))
        t.ok(known.has(variable), `${container.name}: ${variable}`)
      // a list that names a variable twice takes the last, which nobody sees
      t.equal(container.env.length, Object.keys(environment).length)
    }
  })
}

for (const [name, documents] of systems) {
  const proxy = named(documents, 'Deployment', 'ibrest-proxy')
  const instance = named(documents, 'StatefulSet', 'ibrest-instance')
  const asProxy = readProxy(environmentOf(containerOf(proxy)))
  const asInstance = readInstance(environmentOf(containerOf(instance)))
  const behind = named(documents, 'Service', asInstance.gateway.host)
  const [gateway] = chosenBy(documents, behind.spec.selector)

  t.test(`${name}: the proxy finds the instances by their names`, async (t) => {
    const { instances } = asProxy
    if (instances.kind !== 'dns') return void t.fail('instances come and go')
    const service = named(documents, 'Service', instances.name)
    t.equal(instance.metadata.name, instances.name, 'pods are named after their StatefulSet')
    t.equal(instance.spec.serviceName, instances.name)
    t.match(service.spec, { clusterIP: 'None', publishNotReadyAddresses: true })
    t.equal(portOf(containerOf(instance), 'http'), instances.port)
    t.equal(asInstance.port, instances.port)
    t.equal(asProxy.port, portOf(containerOf(proxy), 'http'))
    t.same([asProxy.host, asInstance.host], ['0.0.0.0', '0.0.0.0'])
    const ordinal = containerOf(instance).env.find((one: Parsed) => one.name === 'IBGW_CLIENT_ID')
    t.equal(ordinal.valueFrom.fieldRef.fieldPath, "metadata.labels['apps.kubernetes.io/pod-index']")
  })

  t.test(`${name}: only who has to reaches whom`, async (t) => {
    if (gateway === undefined) return void t.fail('there is a gateway')
    const { port } = asInstance.gateway
    t.ok(behind.spec.ports.some((one: Parsed) => one.port === port))
    t.ok(portOf(containerOf(gateway), port), 'it listens where it is looked for')
    const settings = environmentOf(containerOf(gateway))
    if (settings.SIMULATOR_PORT) t.equal(readSimulator(settings).gateway.port, port)
    t.ok(mayReach(documents, proxy, instance, asInstance.port))
    t.ok(mayReach(documents, instance, gateway, port))
    t.notOk(mayReach(documents, proxy, gateway, port))
    t.notOk(mayReach(documents, instance, proxy, asProxy.port))
    t.notOk(mayReach(documents, gateway, instance, asInstance.port))
    for (const hidden of [4080, 5900]) t.notOk(mayReach(documents, instance, gateway, hidden))
    const isShut = (type: string) => (workload: Manifest) =>
      ofKind(documents, 'NetworkPolicy').some(
        ({ spec }) =>
          spec.policyTypes.includes(type) && selects(spec.podSelector, podLabels(workload)),
      )
    t.ok(
      workloads(documents).every(isShut('Ingress')) && workloads(documents).every(isShut('Egress')),
    )
  })

  t.test(`${name}: instances know their proxies by one token`, async (t) => {
    const [given, wanted] = [proxy, instance].map((workload) => {
      const { env } = containerOf(workload)
      return env.find((one: Parsed) => one.name === 'INSTANCE_TOKEN').valueFrom.secretKeyRef
    })
    t.same(given, wanted)
    t.equal(wanted.optional, name !== 'overlays/live', 'real money is not moved without it')
    t.equal(asProxy.instanceToken, asInstance.token)
    const { ALLOW_OPEN_LISTEN } = environmentOf(containerOf(instance))
    t.equal(ALLOW_OPEN_LISTEN, name === 'overlays/live' ? undefined : 'yes')
  })

  t.test(
    `${name}: with components/tls the proxies speak it, everywhere they are asked`,
    async (t) => {
      const dir = tempDir(t)
      const here = (path: string) => relative(dir, join(KUBERNETES, path))
      writeFileSync(
        join(dir, 'kustomization.yaml'),
        `resources: [${here(name)}]\ncomponents: [${here('components/tls')}]\n`,
      )
      const built = kustomize(dir)
      const tls = named(built, 'Deployment', 'ibrest-proxy')
      t.match(readProxy(environmentOf(containerOf(tls))).wall.tls, { certFile: '/tls/tls.crt' })
      for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
        const { httpGet } = containerOf(tls)[probe]
        t.match(httpGet, { ...containerOf(proxy)[probe].httpGet, scheme: 'HTTPS' })
      }
      const [volume] = template(tls).volumes
      t.same(volume, { name: 'tls', secret: { secretName: 'ibrest-tls' } })
      t.match(containerOf(tls).volumeMounts, [{ name: 'tls', mountPath: '/tls', readOnly: true }])
      t.same(named(built, 'Service', 'ibrest').spec.ports, [
        { name: 'https', port: 443, targetPort: 'http' },
      ])
    },
  )

  t.test(`${name}: with components/keys beside it callers need a key`, async (t) => {
    const dir = tempDir(t)
    const here = (path: string) => relative(dir, join(KUBERNETES, path))
    writeFileSync(
      join(dir, 'kustomization.yaml'),
      `resources: [${here(name)}]\ncomponents: [${here('components/tls')}, ${here('components/keys')}]\n`,
    )
    const guarded = named(kustomize(dir), 'Deployment', 'ibrest-proxy')
    const { KEYS_FILE = '', ...settings } = environmentOf(containerOf(guarded))
    const mount = containerOf(guarded).volumeMounts.find((one: Parsed) => one.name === 'keys')
    t.same(mount, { name: 'keys', mountPath: '/keys', readOnly: true })
    const volume = template(guarded).volumes.find((one: Parsed) => one.name === 'keys')
    t.same(volume, { name: 'keys', secret: { secretName: 'ibrest-keys' } })
    const keysFile = join(dir, relative(mount.mountPath, KEYS_FILE))
    writeFileSync(keysFile, '{"version":1,"keys":[]}')
    t.equal(readProxy({ ...settings, KEYS_FILE: keysFile }).auth.keysFile, keysFile)
  })

  t.test(`${name}: whoever is told to stop has the time to`, async (t) => {
    t.equal(containerOf(proxy).readinessProbe.httpGet.path, '/clients')
    const { periodSeconds, failureThreshold } = containerOf(proxy).readinessProbe
    t.ok(asProxy.shutdownDrainMs > periodSeconds * failureThreshold * 1000, 'seen to be going')
    const needed = (asProxy.shutdownDrainMs + asProxy.shutdownGraceMs) / 1000
    t.ok(template(proxy).terminationGracePeriodSeconds > needed)
    t.ok(template(instance).terminationGracePeriodSeconds > asInstance.shutdownGraceMs / 1000)
  })

  t.test(`${name}: IB's limits are given out once`, async (t) => {
    t.equal(asProxy.pacing.proxies, proxy.spec.replicas)
    t.equal(proxy.spec.strategy.rollingUpdate.maxSurge, 0)
    t.equal(asProxy.slotsPerInstance, asInstance.slots)
    t.equal(named(documents, 'PodDisruptionBudget', 'ibrest-proxy').spec.minAvailable, 1)
  })

  t.test(`${name}: no ledger is shared by kinds of login`, async (t) => {
    const { tradingMode = '' } = asInstance
    t.equal(asInstance.ledgerPath, `/data/${tradingMode}/client-3.sqlite`)
    if (tradingMode === 'simulated') return
    const settings = environmentOf(containerOf(named(documents, 'Deployment', 'ib-gateway')))
    t.equal(settings.TRADING_MODE, tradingMode)
    t.equal(asInstance.gateway.port, tradingMode === 'live' ? 4003 : 4004)
    t.equal(asInstance.requireKey, tradingMode === 'live')
    t.equal(settings.READ_ONLY_API, name === 'overlays/paper' ? 'no' : 'yes')
    const { AUTO_RESTART_TIME = '', TIME_ZONE = '' } = settings
    t.ok(isCoveredBy(AUTO_RESTART_TIME, TIME_ZONE, asInstance.restartWindows))
    t.equal(settings.TZ, TIME_ZONE)
  })

  t.test(`${name}: images and labels are of this version`, async (t) => {
    for (const workload of workloads(documents)) {
      const { image } = containerOf(workload)
      if (workload.metadata.name === 'ib-gateway') t.match(image, /:\d+\.\d+\.\d\w$/)
      else t.equal(image, `${workload.metadata.name}:${version}`)
      const labels: Labels = { ...workload.metadata.labels, ...podLabels(workload) }
      t.equal(labels['app.kubernetes.io/part-of'], 'ibrest')
      if (workload.metadata.name !== 'ib-gateway')
        t.equal(labels['app.kubernetes.io/version'], version)
    }
  })

  t.test(`${name}: what is watched can be read`, async (t) => {
    const all = [...documents, ...monitoring]
    const jobs = ofKind(all, 'PodMonitor').map((monitor) => {
      const [watched] = chosenBy(documents, monitor.spec.selector)
      if (watched === undefined) throw new Error(`${monitor.metadata.name} watches nobody`)
      const [{ port: wanted, path }] = monitor.spec.podMetricsEndpoints
      const port = portOf(containerOf(watched), wanted)
      const { metricsPort } = watched.kind === 'Deployment' ? asProxy : asInstance
      t.equal(port, metricsPort, 'not where orders are taken')
      t.ok(probePaths(containerOf(watched).name).has(path))
      const admits = ofKind(all, 'NetworkPolicy').some(
        ({ spec }) =>
          selects(spec.podSelector, podLabels(watched)) &&
          (spec.ingress ?? []).some(
            (rule: Parsed) =>
              rule.from.some(isPrometheus) && rule.ports.some((one: Parsed) => one.port === port),
          ),
      )
      t.ok(admits, `Prometheus may read ${watched.metadata.name}`)
      return podLabels(watched)[monitor.spec.jobLabel]
    })
    t.same(jobs.sort(), ['ibrest-instance', 'ibrest-proxy'])
    const rules = JSON.stringify(named(all, 'PrometheusRule', 'ibrest').spec)
    for (const [, job = ''] of rules.matchAll(/job=\\"([^"\\]*)\\"/g)) t.ok(jobs.includes(job), job)
  })

  t.test(`${name}: one number makes the pool larger, and nothing else changes`, async (t) => {
    const dir = tempDir(t)
    writeFileSync(
      join(dir, 'kustomization.yaml'),
      `resources: [${relative(dir, join(KUBERNETES, name))}]\nreplicas: [{name: ibrest-instance, count: 32}]\n`,
    )
    const larger = kustomize(dir)
    const now = named(larger, 'StatefulSet', 'ibrest-instance')
    t.equal(now.spec.replicas, 32)
    now.spec.replicas = 8
    t.same(larger, documents)
    t.equal(asProxy.keyClients, 8, 'keys stay where they are')
  })
}

t.test('what is made from other files is up to date', async (t) => {
  for (const [path, text] of Object.entries(generated()))
    t.equal(readFileSync(join(KUBERNETES, path), 'utf8'), text, `npm run manifests makes ${path}`)
})

t.test('dashboards fit into what kubectl apply can remember', async (t) => {
  for (const { metadata, data } of ofKind(
    readManifests('overlays/monitoring/generated.yml'),
    'ConfigMap',
  ))
    t.ok(JSON.stringify(data).length < 250_000, metadata.name)
})

t.test('the readiness probe tells the gateway’s own port from its relay’s', async (t: Test) => {
  const gateway = named(readManifests('ibgateway.yml'), 'Deployment', 'ib-gateway')
  const [, , expression = ''] = containerOf(gateway).readinessProbe.exec.command
  const compose = parse(readFileSync(join(KUBERNETES, '../../compose.yml'), 'utf8'), {
    merge: true,
  })
  t.equal(compose.services['ib-gateway'].healthcheck.test[3], expression)
  const isReady = (line: string) => new RegExp(expression, 'i').test(line)
  t.ok(isReady('   0: 0100007F:0FA2 00000000:0000 0A 00000000:00000000'), 'paper')
  t.ok(
    isReady(
      '   3: 00000000000000000000000001000000:0fa1 00000000000000000000000000000000:0000 0A 0:0',
    ),
  )
  t.notOk(isReady('   1: 00000000:0FA4 00000000:0000 0A 00000000:00000000'), 'the relay')
  t.notOk(isReady('   2: 0100007F:0FA2 0100007F:C350 01 00000000:00000000'), 'a connection')
  t.equal(containerOf(gateway).livenessProbe, undefined, 'never restarted while somebody is asked')
  t.equal(containerOf(gateway).startupProbe, undefined)
  t.same(
    Object.keys(environmentOf(containerOf(gateway))).filter((one) => !GATEWAY_SETTINGS.has(one)),
    [],
  )
})
