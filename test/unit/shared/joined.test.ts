import t from 'tap'
import { Joined } from '../../../shared/joined.ts'

const LONG_MS = 60_000

t.test(
  'those who ask the same at once are answered by one asking; who comes after it asks anew',
  async (t) => {
    const joined = new Joined<number>()
    let asked = 0
    const ask = async () => {
      asked += 1
      await Promise.resolve()
      return asked
    }
    t.same(await Promise.all([1, 2, 3].map(() => joined.ask('a', ask, LONG_MS))), [1, 1, 1])
    t.equal(await joined.ask('a', ask, LONG_MS), 2)
    t.same(await Promise.all(['a', 'b'].map((key) => joined.ask(key, ask, LONG_MS))), [4, 4])
  },
)

t.test('who leaves, or whose time is over, takes the answer from nobody else', async (t) => {
  const joined = new Joined<string>()
  let say: (word: string) => void = () => undefined
  const answer = new Promise<string>((resolve) => {
    say = resolve
  })
  const gone = new AbortController()
  const leaving = joined.ask('a', () => answer, LONG_MS, gone.signal)
  const late = joined.ask('a', () => answer, 0)
  const waiting = joined.ask('a', () => answer, LONG_MS)
  gone.abort()
  t.equal(await leaving, undefined)
  t.equal(await late, undefined)
  say('said')
  t.equal(await waiting, 'said')
  t.equal(await joined.ask('a', async () => 'x', LONG_MS, gone.signal), undefined)
})

t.test('what fails, fails for all who asked, and is asked anew by the next', async (t) => {
  const joined = new Joined<string>()
  const fail = async () => {
    throw new Error('no')
  }
  const both = [1, 2].map(() => joined.ask('a', fail, LONG_MS))
  for (const each of both) await t.rejects(each, { message: 'no' })
  t.equal(await joined.ask('a', async () => 'yes', LONG_MS), 'yes')
})
