import { listCommissions, listExecutions } from '../../shared/api/executions.ts'
import type { Service } from '../../shared/service.ts'
import { seenBy, unknownAccount } from '../callers.ts'
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
    const { caller } = call
    const { time, acctCode, clientId, exchange, secType, side, symbol } = call.query
    if (acctCode !== undefined && caller?.sees(acctCode) === false) throw unknownAccount(acctCode)
    const since = sinceOf(time, call.path)
    const wanted = { acctCode, clientId, exchange, secType, side, symbol, since }
    const told = tell(call.reply, await fills.list(wanted, call.terms, wantsFresh(call)))
    return seenBy(caller, told, (fill) => fill.acctNumber)
  })

  serve(app, parts, listCommissions, ({ query, caller }) => {
    const commissions = fills.commissions(query.execId)
    if (caller?.hasAccounts !== true) return commissions
    const accounts = fills.accounts()
    return seenBy(caller, commissions, ({ execId }) => accounts.get(execId))
  })
}
