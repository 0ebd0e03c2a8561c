import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { Watchdog } from '../../../../instance/ib/watchdog.ts'

t.test(
  'a quiet gateway is asked, one that answers is left alone, a silent one is told',
  async (t) => {
    let asked = 0
    const silent: number[] = []
    let answers = true
    const watchdog: Watchdog = new Watchdog({
      quietMs: 10,
      silentMs: 10,
      askForTime: () => {
        asked += 1
        if (answers) watchdog.heard()
      },
      onSilent: (ms) => void silent.push(ms),
    })
    t.teardown(() => watchdog.stop())
    watchdog.start()
    while (asked < 3) await pause(1)
    t.same(silent, [])
    answers = false
    while (silent.length === 0) await pause(1)
    t.ok((silent[0] ?? 0) >= 10)
  },
)
