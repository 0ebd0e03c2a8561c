import t from 'tap'
import { patienceOf, prefers } from '../../../instance/deadline.ts'

t.test('the gateway gets a little less than the caller has left', async (t) => {
  t.equal(patienceOf({ 'x-deadline-ms': '1000' }, 20_000), 900)
  t.equal(patienceOf({ 'x-deadline-ms': '60' }, 20_000), 30, 'but never nothing')
  t.equal(patienceOf({}, 20_000), 19_750)
})

t.test("the proxy's word goes before the caller's, and the cap before both", async (t) => {
  t.equal(patienceOf({ prefer: 'wait=2' }, 20_000), 1800)
  t.equal(patienceOf({ prefer: 'respond-async, wait=2.5' }, 20_000), 2250)
  t.equal(patienceOf({ prefer: 'wait=2', 'x-deadline-ms': '500' }, 20_000), 450)
  t.equal(patienceOf({ prefer: 'wait=3600' }, 20_000), 59_750)
  for (const wrong of ['0', '-5', 'soon'])
    t.throws(() => patienceOf({ 'x-deadline-ms': wrong }, 1), { code: 'REQUEST_INVALID' }, wrong)
})

t.test('preferences are found among others, whatever their case', async (t) => {
  t.ok(prefers({ prefer: 'respond-async' }, 'respond-async'))
  t.ok(prefers({ prefer: 'wait=5, Return=Minimal' }, 'return=minimal'))
  t.notOk(prefers({ prefer: 'return=representation' }, 'return=minimal'))
  t.notOk(prefers({}, 'respond-async'))
})
