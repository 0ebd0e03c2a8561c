import {
  getFundamentals,
  getOptionChain,
  getScannerParameters,
} from '../../shared/api/reference.ts'
import { problem } from '../../shared/problem.ts'
import type { ScannerParameters } from '../../shared/schemas/scanner.ts'
import type { Service } from '../../shared/service.ts'
import { reportOf } from '../ib/fundamental-report.ts'
import { fundamentalData, optionChain, scannerParameters } from '../ib/reference-queries.ts'
import { scannerParametersOf } from '../ib/scanner-document.ts'
import { contractSchemaOf, toIbContract } from '../ib/translate-contract.ts'
import { readXml, XmlError } from '../ib/xml.ts'
import { KeptDocuments } from './kept-documents.ts'
import { representationFor, sendDocument, wantsAnew } from './representations.ts'
import { type Parts, serve } from './serve.ts'

/** The only document of its kind. */
const PARAMETERS = 'parameters'

/** What was read of a document, or why it could not be; one that could not is never kept. */
async function tried<Read>(reading: Promise<Read>): Promise<Read | XmlError> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof XmlError) return error
    throw error
  }
}

/** What IB knows beside the market: scanner parameters, reports on companies, option chains. */
export function routeReference(app: Service, parts: Parts): void {
  const { link, contracts } = parts
  const scanners = new KeptDocuments<ScannerParameters | XmlError>()
  const reports = new KeptDocuments<object | null>()

  serve(app, parts, getScannerParameters, async ({ request, reply, terms }) => {
    const representation = representationFor(request)
    let document = wantsAnew(request) ? undefined : scanners.find(PARAMETERS)
    if (document === undefined) {
      const xml = await link.query(scannerParameters, undefined, terms)
      const read = await tried(readXml(xml).then(scannerParametersOf))
      const isTorn = read instanceof XmlError
      document = isTorn ? scanners.pass(xml, read) : scanners.keep(PARAMETERS, xml, read)
    }
    const { read } = document
    const toJson = () => {
      if (!(read instanceof XmlError)) return read
      const detail = `IB's scanner parameters cannot be read: ${read.message}; Accept: application/xml gives them as they are`
      throw problem('INSTANCE_DOCUMENT_UNREADABLE', { detail })
    }
    const ageSeconds = scanners.ageOf(document)
    return sendDocument({ request, reply }, { document, ageSeconds, representation, toJson })
  })

  serve(app, parts, getFundamentals, async ({ params, query, path, request, reply, terms }) => {
    const representation = representationFor(request)
    const { reportType, ...named } = query
    const details = await contracts.only({ symbol: params.symbol, ...named }, terms, path)
    const contract = contractSchemaOf(details)
    const name = `${reportType} ${contract.conId}`
    let document = wantsAnew(request) ? undefined : reports.find(name)
    if (document === undefined) {
      const { conId, symbol, exchange, currency } = contract
      const asked = toIbContract({
        conId,
        symbol,
        currency,
        ...(exchange !== null && { exchange }),
      })
      const question = { contract: asked, reportType }
      const xml = await link.query(fundamentalData, question, terms)
      const read = await tried(readXml(xml).then((root) => reportOf(reportType, root)))
      const isTorn = read instanceof XmlError
      document = isTorn ? reports.pass(xml, null) : reports.keep(name, xml, read)
    }
    const { xml, read: parsed } = document
    const toJson = () => ({ contract, reportType, parsed, xml })
    const ageSeconds = reports.ageOf(document)
    return sendDocument({ request, reply }, { document, ageSeconds, representation, toJson })
  })

  serve(app, parts, getOptionChain, async ({ params, query, path, terms }) => {
    const { exchange } = query
    const details = await contracts.only({ conId: params.conId }, terms, path)
    const { symbol, secType, conId } = details
    // of a future's options the exchange has to be said, of all others it must not be
    const where = secType === 'FUT' ? (exchange ?? details.exchange ?? '') : ''
    const chains = await link.query(optionChain, { symbol, secType, conId, exchange: where }, terms)
    return exchange === undefined ? chains : chains.filter((each) => each.exchange === exchange)
  })
}
