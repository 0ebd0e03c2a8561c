import { renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { FileWatch } from '../../../proxy/file-watch.ts'
import { tempDir } from '../../rig/temp-dir.ts'
import { until } from '../../rig/until.ts'

/** Two files that are watched from before they may be read; `told` counts the changes. */
function watched(t: Test, name = 'one') {
  const folder = tempDir(t)
  const [one, other] = [join(folder, name), join(folder, 'other')]
  writeFileSync(one, 'a')
  writeFileSync(other, 'a')
  const watch = new FileWatch(one, other)
  t.teardown(() => watch.stop())
  const heard = { told: 0 }
  return {
    ...{ folder, one, other, watch, heard },
    start: () => watch.start(() => (heard.told += 1)),
    times: (count: number) => until(() => heard.told === count, `told ${count} times`),
  }
}

t.test('a change between the reading and the watching is told', async (t) => {
  const { one, start, times } = watched(t)
  writeFileSync(one, 'b')
  start()
  await times(1)
})

t.test('every later change of any of them is told once', async (t) => {
  const { one, other, start, times, heard } = watched(t)
  start()
  writeFileSync(other, 'b')
  await times(1)
  writeFileSync(`${one}.new`, 'a')
  renameSync(`${one}.new`, one)
  await times(2)
  rmSync(one)
  await times(3)
  writeFileSync(one, 'a')
  await times(4)
  t.equal(heard.told, 4)
})

t.test('what a link leads to is watched, as mounted secrets are links', async (t) => {
  const { folder, one, other } = watched(t)
  const link = join(folder, 'link')
  symlinkSync(one, link)
  const watch = new FileWatch(link)
  t.teardown(() => watch.stop())
  let told = 0
  watch.start(() => (told += 1))
  symlinkSync(other, `${link}.new`)
  renameSync(`${link}.new`, link)
  await until(() => told === 1, 'told')
})

t.test('once stopped it tells nothing', async (t) => {
  const { one, watch, heard } = watched(t)
  const control = new FileWatch(one)
  t.teardown(() => control.stop())
  let seen = 0
  watch.start(() => (heard.told += 1))
  watch.stop()
  writeFileSync(one, 'b')
  control.start(() => (seen += 1))
  await until(() => seen === 1, 'another watch told')
  t.equal(heard.told, 0)
})
