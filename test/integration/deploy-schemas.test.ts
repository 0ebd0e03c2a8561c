import { spawnSync } from 'node:child_process'
import { globSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as operator from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1'
import * as apps from 'kubernetes-models/apps/v1'
import * as networking from 'kubernetes-models/networking.k8s.io/v1'
import * as policy from 'kubernetes-models/policy/v1'
import * as core from 'kubernetes-models/v1'
import t, { type Test } from 'tap'
import {
  KUBERNETES,
  kustomize,
  type Manifest,
  readManifests,
  SYSTEMS,
  whyNoKustomize,
} from '../rig/manifests.ts'
import { tempDir } from '../rig/temp-dir.ts'

const root = join(import.meta.dirname, '../..')

type Model = new (document: object) => { validate(): void }

/** Where the types of an API group are kept, and what judges its documents. */
const groups: Readonly<Record<string, { readonly from: string; readonly models: object }>> = {
  v1: { from: 'kubernetes-models/v1', models: core },
  'apps/v1': { from: 'kubernetes-models/apps/v1', models: apps },
  'networking.k8s.io/v1': { from: 'kubernetes-models/networking.k8s.io/v1', models: networking },
  'policy/v1': { from: 'kubernetes-models/policy/v1', models: policy },
  'monitoring.coreos.com/v1': {
    from: '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1',
    models: operator,
  },
}

function groupOf({ apiVersion, kind, metadata }: Manifest) {
  const group = groups[apiVersion]
  if (group === undefined) throw new Error(`${kind} ${metadata.name}: what is ${apiVersion}?`)
  return group
}

/** What the schemas say against a document; they know no misspelt fields. */
function judge(document: Manifest): string | undefined {
  const model = (groupOf(document).models as Readonly<Record<string, Model>>)[document.kind]
  if (model === undefined) return `there is no kind ${document.kind} in ${document.apiVersion}`
  try {
    new model(document).validate()
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** What the compiler says when the documents are written down as literals of their types: it knows misspelt fields. */
function compile(t: Test, documents: readonly Manifest[]): string {
  const dir = tempDir(t)
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
  const lines = documents.flatMap((document, n) => [
    `import type { I${document.kind} as T${n} } from '${groupOf(document).from}'`,
    `export const _${n}_${document.metadata.name.replace(/\W/g, '_')}: T${n} = ${JSON.stringify(document)}`,
  ])
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}')
  writeFileSync(join(dir, 'manifests.ts'), lines.join('\n'))
  const flags = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext']
  const { status, stdout, stderr } = spawnSync(
    'env',
    [
      // what the test runner has its children load is not for the compiler
      ...['-u', 'NODE_OPTIONS', join(root, 'node_modules/.bin/tsc')],
      ...[...flags, '--target', 'es2023', '--ignoreConfig', 'manifests.ts'],
    ],
    { cwd: dir, encoding: 'utf8' },
  )
  return status === 0 ? '' : `${stdout}${stderr}`
}

const files = globSync('**/*.yml', { cwd: KUBERNETES }).sort()

t.test('every document in deploy/kubernetes is what Kubernetes takes', async (t) => {
  const documents = files.flatMap(readManifests)
  t.ok(documents.length > 20)
  for (const document of documents)
    t.equal(judge(document), undefined, `${document.kind} ${document.metadata.name}`)
  t.equal(compile(t, documents), '')
})

t.test('so is what the overlays make of them', { skip: whyNoKustomize() ?? false }, async (t) => {
  const documents = [...SYSTEMS, 'overlays/monitoring'].flatMap((dir) =>
    kustomize(join(KUBERNETES, dir)),
  )
  for (const document of documents)
    t.equal(judge(document), undefined, `${document.kind} ${document.metadata.name}`)
  t.equal(compile(t, documents), '')
})

t.test('a misspelt field, a number as text and an unquoted no would be found', async (t) => {
  const spoil = (path: string, mend: (document: Manifest) => void) => {
    const documents = structuredClone(readManifests(path))
    documents.forEach(mend)
    return compile(t, documents)
  }
  t.match(
    spoil('base/proxy.yml', ({ kind, spec }) => {
      if (kind === 'Deployment') spec.replicsa = 2
    }),
    /replicsa/,
  )
  t.match(
    spoil('base/proxy.yml', ({ kind, spec }) => {
      if (kind === 'Deployment') spec.template.spec.containers[0].ports[0].containerPort = '8080'
    }),
    /not assignable to type 'number'/,
  )
  t.match(
    spoil('ibgateway.yml', ({ kind, spec }) => {
      if (kind === 'Deployment') spec.template.spec.containers[0].env[1].value = false
    }),
    /boolean/,
  )
})
