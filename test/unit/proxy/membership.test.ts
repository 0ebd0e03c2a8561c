import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Membership } from '../../../proxy/membership.ts'
import { tempDir } from '../../rig/temp-dir.ts'

const quiet = { info: () => undefined, error: () => undefined }

/** A headless service whose pods come and go as a test says; what the pool became, as numbers of instances. */
function service(...names: readonly number[]) {
  const there = new Set(names)
  const became: number[] = []
  let failing: string | undefined
  const membership = new Membership({
    source: { kind: 'dns', name: 'ibrest-instance.trading', port: 3100 },
    origins: [],
    become: (origins) => became.push(origins.length),
    log: quiet,
    lookup: async (host) => {
      const pod = Number(/^ibrest-instance-(\d+)\.ibrest-instance\.trading$/.exec(host)?.[1])
      if (failing === undefined && there.has(pod)) return
      throw Object.assign(new Error(host), { code: failing ?? 'ENOTFOUND' })
    },
  })
  return {
    membership,
    there,
    became,
    fail: (code: string | undefined) => {
      failing = code
    },
  }
}

t.test('pods are counted up to the first that has no name', async (t) => {
  const { membership, there, became } = service(0, 1, 3)
  await membership.reread()
  t.same(became, [2])
  there.add(2)
  await membership.reread()
  t.same(became, [2, 4])
})

t.test('there are never more than 32', async (t) => {
  const { membership, became } = service(...Array.from({ length: 40 }, (_, pod) => pod))
  await membership.reread()
  t.same(became, [32])
})

t.test('a pod that starts again has not left, one that stays away has', async (t) => {
  const { membership, there, became } = service(0, 1, 2)
  await membership.reread()
  there.delete(1)
  for (let reading = 0; reading < 20; reading += 1) await membership.reread()
  t.same(became, [3], 'one in the middle is a gap')
  there.add(1)
  there.delete(2)
  await membership.reread()
  there.add(2)
  await membership.reread()
  t.same(became, [3], 'the last one was away once')
  there.delete(2)
  for (let reading = 0; reading < 6; reading += 1) await membership.reread()
  t.same(became, [3, 2])
})

t.test('names that cannot be asked say nothing of the pods', async (t) => {
  const { membership, there, became, fail } = service(0, 1)
  await membership.reread()
  fail('EAI_AGAIN')
  for (let reading = 0; reading < 20; reading += 1) await membership.reread()
  fail(undefined)
  there.clear()
  for (let reading = 0; reading < 20; reading += 1) await membership.reread()
  t.same(became, [2])
})

t.test('a file that has changed since it was read first is read again at the start', async (t) => {
  const path = join(tempDir(t), 'instances')
  writeFileSync(path, 'http://127.0.0.1:3100\nhttp://127.0.0.1:3101\n')
  const became: number[] = []
  const membership = new Membership({
    source: { kind: 'file', path },
    origins: ['http://127.0.0.1:3100'],
    become: (origins) => became.push(origins.length),
    log: quiet,
  })
  t.teardown(() => membership.stop())
  await membership.start()
  t.same(became, [2])
})
