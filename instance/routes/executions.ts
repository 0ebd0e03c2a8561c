import { listCommissions, listExecutions } from '../../shared/api/executions.ts'
import type { Service } from '../../shared/service.ts'
import { refuseFields } from '../fields.ts'
import { readCallerTime } from '../ib/instants.ts'
import { type Parts, serve } from './serve.ts'

function sinceOf(time: string | undefined, endpoint: string): number | undefined {
  if (time === undefined) return undefined
  const since = readCallerTime(time)
  if (since !== undefined) return since.getTime() / 1000
  const detail = `time ${time} is no moment`
  throw refuseFields(endpoint, [{ field: 'time', code: 'bad_format', detail }])
}

/** `/executions…` */
export function routeExecutions(app: Service, parts: Parts): void {
  const { fills } = parts

  serve(app, parts, listExecutions, async ({ query, path, terms }) => {
    const { time, ...filter } = query
    return await fills.list({ ...filter, since: sinceOf(time, path) }, terms)
  })

  serve(app, parts, listCommissions, ({ query }) => fills.commissions(query.execId))
}
