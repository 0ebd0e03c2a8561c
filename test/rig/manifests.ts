import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { Parsed } from './parsed.ts'

/** Where the manifests are. */
export const KUBERNETES = join(import.meta.dirname, '../../deploy/kubernetes')

/** What of Kubernetes a test looks at; the rest of a document is looked at by its kind. */
export interface Manifest {
  readonly kind: string
  readonly apiVersion: string
  readonly metadata: { readonly name: string; readonly labels?: Labels }
  readonly spec: Parsed
  readonly [field: string]: Parsed
}

export type Labels = Readonly<Record<string, string>>

/** The documents of a YAML text. @throws where it is none */
export function documentsOf(text: string): Manifest[] {
  const documents = parseAllDocuments(text, { uniqueKeys: true })
  if (!Array.isArray(documents)) return []
  for (const { errors, warnings } of documents)
    for (const error of [...errors, ...warnings]) throw error
  return documents.map((document) => document.toJS()).filter((one) => one !== null)
}

/** The documents of one file below deploy/kubernetes. */
export function readManifests(path: string): Manifest[] {
  return documentsOf(readFileSync(join(KUBERNETES, path), 'utf8'))
}

/** Older ones know fewer kinds of patches. */
const OLDEST_KUSTOMIZE = 5

/** Why no kustomization can be built here; undefined when they can. CI must be able to. */
export function whyNoKustomize(): string | undefined {
  const { stdout = '' } = spawnSync('kubectl', ['version', '--client'], { encoding: 'utf8' })
  const major = Number(/Kustomize Version: v(\d+)/.exec(stdout)?.[1] ?? 0)
  if (major >= OLDEST_KUSTOMIZE || process.env.CI !== undefined) return undefined
  return 'needs a kubectl whose kustomize is version 5 or newer'
}

/** What `kubectl apply -k` would apply. @throws with what kubectl says, warnings too */
export function kustomize(dir: string): Manifest[] {
  const { status, stdout, stderr, error } = spawnSync('kubectl', ['kustomize', dir], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0 || stderr !== '')
    throw new Error(`kubectl kustomize ${dir}: ${error?.message ?? stderr}`)
  return documentsOf(stdout)
}

/** A whole system, by its folder below deploy/kubernetes. */
export const SYSTEMS = ['.', 'overlays/paper', 'overlays/live', 'overlays/simulator'] as const

/** Every document of one kind. */
export function ofKind(documents: readonly Manifest[], kind: string): Manifest[] {
  return documents.filter((document) => document.kind === kind)
}

/** The document of this kind and name. @throws where there is none */
export function named(documents: readonly Manifest[], kind: string, name: string): Manifest {
  const found = ofKind(documents, kind).find(({ metadata }) => metadata.name === name)
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`)
  return found
}

/** What runs pods. */
export function workloads(documents: readonly Manifest[]): Manifest[] {
  return documents.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
}

/** Whether a selector (labels, or a labelSelector) chooses these labels. */
export function selects(selector: Parsed, labels: Labels): boolean {
  const wanted: Labels = selector?.matchLabels ?? (selector?.matchExpressions ? {} : selector)
  const expressions: { key: string; operator: string; values: string[] }[] =
    selector?.matchExpressions ?? []
  return (
    Object.entries(wanted ?? {}).every(([key, value]) => labels[key] === value) &&
    expressions.every(
      ({ key, operator, values }) => operator === 'In' && values.includes(labels[key] ?? ''),
    )
  )
}

/** The workloads whose pods a selector chooses. */
export function chosenBy(documents: readonly Manifest[], selector: Parsed): Manifest[] {
  return workloads(documents).filter(({ spec }) => selects(selector, spec.template.metadata.labels))
}

/** A pod's containers, those that run before the others too. */
export function containersOf({ spec }: Manifest): Parsed[] {
  const { containers, initContainers = [] } = spec.template.spec
  return [...initContainers, ...containers]
}

/** The container that does the work of a workload. */
export function containerOf({ spec }: Manifest): Parsed {
  return spec.template.spec.containers[0]
}

/** The environment a container begins with; what comes from elsewhere as `from`. */
export function environmentOf(container: Parsed, from = '3'): Record<string, string> {
  return Object.fromEntries(
    (container.env ?? []).map(({ name, value, valueFrom }: Parsed) => [
      name,
      value ?? (valueFrom?.secretKeyRef ? 'a-secret-of-this-cluster' : from),
    ]),
  )
}

/** The number of a container's port, by its number or name; undefined where it has none such. */
export function portOf(container: Parsed, wanted: string | number): number | undefined {
  const ports: Parsed[] = container.ports ?? []
  return ports.find((port) => port.name === wanted || port.containerPort === wanted)?.containerPort
}
