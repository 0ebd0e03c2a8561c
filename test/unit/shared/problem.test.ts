import t from 'tap'
import { problem } from '../../../shared/problem.ts'

t.test(
  'a problem is an RFC 9457 document with code, status and whether to try again',
  async (t) => {
    const told = problem('PROXY_POOL_BUSY', { detail: 'nobody is free', retryAfter: 0.2 })
    t.same(told.document('r-1'), {
      type: 'https://ibrest.dev/problems/proxy-pool-busy',
      title: 'No instance became free in time',
      status: 503,
      detail: 'nobody is free',
      instance: 'urn:ibrest:request:r-1',
      code: 'PROXY_POOL_BUSY',
      retryable: true,
      message: 'No instance became free in time',
      documentation_url: '/docs/problems#proxy-pool-busy',
    })
    t.same(told.headers, { 'retry-after': '1' }, 'whole seconds, never zero')
  },
)

t.test('TESS’ sentences tell missing from invalid', async (t) => {
  const error = { endpoint: '/order', field: 'action', detail: 'action is required' } as const
  const missing = problem('REQUEST_INVALID', { errors: [{ ...error, code: 'missing' }] })
  const invalid = problem('REQUEST_INVALID', { errors: [{ ...error, code: 'not_allowed' }] })
  t.equal(missing.document('r').message, 'Missing parameter')
  t.equal(invalid.document('r').message, 'Invalid parameter')
  t.equal(problem('REQUEST_UNPARSABLE').document('r').message, 'JSON cannot be parsed')
})

t.test('further members stand beside the named ones', async (t) => {
  const told = problem('PROXY_AMBIGUOUS_ORDER', { members: { candidates: ['0.5', '2.5'] } })
  t.match(told.document('r'), { candidates: ['0.5', '2.5'], retryable: false })
})
