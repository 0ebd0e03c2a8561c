import { ANALYZE_HEADER, ANALYZED_HEADER, notAnalyzed, wishesAnalysis } from '../shared/analysis.ts'
import type { Service } from '../shared/service.ts'
import { scopeOfCall } from './auth/route-scopes.ts'

/**
 * Calls that would trade and are only to be analyzed say so to the instances, all of them where it is on; whatever becomes of them, their
 * answer says it. What operates the system cannot be analyzed. Call it when callers are known.
 */
export function registerAnalyzer(app: Service, isOn: boolean): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { method, raw } = request
    if (method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS') {
      const isWished = wishesAnalysis(raw.headers)
      const scope = isWished || isOn ? scopeOfCall(request) : 'open'
      if (isWished && scope === 'admin') throw notAnalyzed(method, request.routeOptions.url ?? '')
      if (scope === 'trade') {
        raw.headers[ANALYZE_HEADER] = '1'
        reply.header(ANALYZED_HEADER, 'yes')
      }
    }
    done()
  })
}
