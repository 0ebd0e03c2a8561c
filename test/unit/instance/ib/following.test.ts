import type { IBApi } from '@stoqey/ib'
import { test } from 'tap'
import { Streams } from '../../../../instance/ib/following.ts'
import { RequestIds } from '../../../../instance/ib/ids.ts'
import { Pace } from '../../../../instance/ib/pace.ts'
import type { Rows, Stream } from '../../../../instance/ib/stream.ts'
import type { Problem } from '../../../../shared/problem.ts'

const rows: Rows = { put: () => undefined, remove: () => undefined, clear: () => undefined }

test('a stream that cannot even be asked for fails, and nothing else does', async (t) => {
  const pace = new Pace({ perSecond: 1000 })
  const streams = new Streams({ api: {} as IBApi, pace, requestIds: new RequestIds() })
  let cancels = 0
  const broken: Stream<undefined> = {
    name: 'broken',
    answeredBy: 'reqId',
    begin: () => undefined,
    start: () => {
      throw new Error('the library cannot write it')
    },
    cancel: () => {
      cancels += 1
    },
    reads: {},
  }
  const reasons: Problem[] = []
  const following = streams.follow(broken, undefined, rows, {
    sent: () => t.fail('nothing was sent'),
    told: () => t.fail('nothing was told'),
    failed: (reason) => reasons.push(reason),
  })
  t.match(reasons, [
    { code: 'INTERNAL', message: /broken could not be asked for.*cannot write it/ },
  ])
  t.equal(streams.size, 0)
  following.close()
  t.equal(cancels, 0, 'what was never asked is not cancelled')
})
