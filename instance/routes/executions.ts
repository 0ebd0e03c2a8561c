import { listCommissions, listExecutions } from '../../shared/api/executions.ts'
import type { Service } from '../../shared/service.ts'
import { refuseFields } from '../fields.ts'
import { readCallerTime } from '../ib/instants.ts'
import { tell, wantsFresh } from './freshness.ts'
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

  serve(app, parts, listExecutions, async (call) => {
    const { time, acctCode, clientId, exchange, secType, side, symbol } = call.query
    const since = sinceOf(time, call.path)
    const wanted = { acctCode, clientId, exchange, secType, side, symbol, since }
    return tell(call.reply, await fills.list(wanted, call.terms, wantsFresh(call)))
  })

  serve(app, parts, listCommissions, ({ query }) => fills.commissions(query.execId))
}
