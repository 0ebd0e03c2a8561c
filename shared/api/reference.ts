import { Type } from 'typebox'
import { ContractSymbol, optionalContractFields } from '../schemas/contract.ts'
import { Fundamentals, REPORT_TYPES } from '../schemas/fundamentals.ts'
import { listingFields } from '../schemas/listing.ts'
import { OptionChain } from '../schemas/option-chain.ts'
import { ScannerParameters } from '../schemas/scanner.ts'
import { OneOf } from '../schemas/value.ts'
import { inParts, operation } from './operation.ts'

export const getScannerParameters = operation({
  operationId: 'getScannerParameters',
  method: 'GET',
  url: '/market/scanners/parameters',
  traffic: 'leased',
  produces: 'its own',
  tag: 'market',
  summary:
    'What can be scanned, where, by what and with which filters; kept for an hour, `Accept: application/xml` gives the document of IB',
  ib: {
    request: ['reqScannerParameters'],
    callbacks: ['scannerParameters'],
    end: 'scannerParameters',
  },
  schema: {
    querystring: Type.Object({}, { additionalProperties: false }),
    response: { 200: ScannerParameters },
  },
})

export const getFundamentals = operation({
  operationId: 'getFundamentals',
  method: 'GET',
  url: '/fundamental/:symbol',
  traffic: 'leased',
  produces: 'its own',
  tag: 'fundamental',
  summary:
    'A report on a company; kept for an hour, `Accept: application/xml` gives the document of IB',
  ib: { request: ['reqFundamentalData'], callbacks: ['fundamentalData'], end: 'fundamentalData' },
  schema: {
    params: Type.Object({ symbol: ContractSymbol }),
    querystring: Type.Object(
      {
        ...optionalContractFields,
        reportType: OneOf(REPORT_TYPES, { default: 'ReportSnapshot' }),
      },
      { additionalProperties: false },
    ),
    response: { 200: Fundamentals },
  },
})

export const getOptionChain = operation({
  operationId: 'getOptionChain',
  method: 'GET',
  url: '/contract/:conId/options',
  traffic: 'leased',
  list: { summary: ['exchange', 'tradingClass', 'multiplier'] },
  tag: 'contract',
  summary: 'Expirations and strikes of the options on a contract, by exchange and trading class',
  ib: {
    request: ['reqSecDefOptParams'],
    callbacks: ['securityDefinitionOptionParameter'],
    end: 'securityDefinitionOptionParameterEnd',
  },
  schema: {
    params: Type.Object({ conId: Type.Integer({ minimum: 1, maximum: 2_147_483_646 }) }),
    querystring: Type.Object(
      {
        exchange: Type.Optional(
          Type.String({ minLength: 1, maxLength: 64, description: 'only the options there' }),
        ),
        ...listingFields,
      },
      { additionalProperties: false },
    ),
    response: inParts(Type.Array(OptionChain)),
  },
})

export const referenceOperations = [getScannerParameters, getFundamentals, getOptionChain] as const
