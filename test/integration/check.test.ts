import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { tempDir } from '../rig/temp-dir.ts'

const root = join(import.meta.dirname, '../..')

function check(part: string, env: Readonly<Record<string, string>>) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, part, 'main.ts'), '--check'],
    { env: { PATH: process.env.PATH, ...env }, encoding: 'utf8' },
  )
  return { status, stderr, told: status === 0 ? JSON.parse(stdout) : undefined }
}

t.test('--check tells what a proxy would do, and does nothing', async (t) => {
  const path = join(tempDir(t), 'instances')
  writeFileSync(path, 'http://h:1\nhttp://h:2\n')
  const { status, told } = check('proxy', { INSTANCES: `file:${path}`, KEY_CLIENTS: '8' })
  t.equal(status, 0)
  t.match(told, {
    component: 'proxy',
    port: 8080,
    origins: ['http://h:1', 'http://h:2'],
    keyClients: 8,
    shutdownDrainMs: 0,
  })
})

t.test('--check tells what an instance would do, and makes no ledger', async (t) => {
  const dataDir = join(tempDir(t), 'data')
  const { status, told } = check('instance', { IBGW_CLIENT_ID: '3', DATA_DIR: dataDir })
  t.equal(status, 0)
  t.match(told, { component: 'instance-3', port: 3103, gateway: { port: 4002 } })
  t.notOk(existsSync(dataDir))
})

t.test('--check names every mistake and fails', async (t) => {
  const proxy = check('proxy', { IBREST_PORT: 'eighty' })
  t.equal(proxy.status, 1)
  t.match(
    proxy.stderr,
    /INSTANCES is not set[\s\S]*IBREST_PORT is "eighty"|IBREST_PORT[\s\S]*INSTANCES/,
  )
  const instance = check('instance', { IBGW_PORT: '0' })
  t.equal(instance.status, 1)
  t.match(instance.stderr, /IBGW_PORT is "0"/)
})

t.test('--check strikes secrets out, wherever they stand', async (t) => {
  const path = join(tempDir(t), 'token')
  writeFileSync(path, 'a-token-in-a-file')
  for (const told of [
    check('proxy', { INSTANCES: 'http://h:1', INSTANCE_TOKEN: 'a-token-in-the-open' }),
    check('proxy', { INSTANCES: 'http://h:1', INSTANCE_TOKEN_FILE: path }),
    check('instance', { INSTANCE_TOKEN: 'a-token-in-the-open' }),
    check('instance', { INSTANCE_TOKEN: 'a-token\nin-two-lines' }),
  ]) {
    t.notMatch(JSON.stringify(told), /a-token/)
    t.match(
      told.status === 0 ? JSON.stringify(told.told) : told.stderr,
      /oken"?:"\(secret\)"|INSTANCE_TOKEN is not usable/,
    )
  }
})
