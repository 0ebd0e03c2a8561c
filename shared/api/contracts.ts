import { Type } from 'typebox'
import { ContractDetails, ContractMatch, ContractQuery } from '../schemas/contract.ts'
import { listingFields } from '../schemas/listing.ts'
import { requiredUnless } from '../schemas/when.ts'
import { inParts, operation, unchanged } from './operation.ts'

/** A symbol or a pattern of symbols. */
const Pattern = Type.Optional(
  Type.String({
    maxLength: 64,
    description:
      "IB's symbol or shorthand; `*` stands for any text, `_` for any one character, blank for all",
  }),
)

export const getContract = operation({
  operationId: 'getContract',
  method: 'GET',
  url: '/contract',
  traffic: 'leased',
  pacing: 'pattern',
  list: {
    summary: ['conId', 'symbol', 'secType', 'exchange', 'currency', 'localSymbol', 'longName'],
  },
  tag: 'contract',
  summary: 'Details of every contract that fits, or of those whose symbol fits a pattern',
  ib: {
    request: ['reqContractDetails', 'reqMatchingSymbols'],
    callbacks: ['contractDetails', 'bondContractDetails', 'symbolSamples'],
    end: 'contractDetailsEnd',
  },
  schema: {
    querystring: Type.Object(
      { ...ContractQuery.properties, symbol: Pattern, ...listingFields },
      {
        additionalProperties: false,
        allOf: [requiredUnless('symbol', 'conId', 'localSymbol', 'secId')],
      },
    ),
    response: { ...inParts(Type.Array(ContractDetails)), ...unchanged },
  },
})

export const searchContracts = operation({
  operationId: 'searchContracts',
  method: 'GET',
  url: '/contract/search',
  traffic: 'leased',
  pacing: 'search',
  list: { summary: ['conId', 'symbol', 'secType', 'description'] },
  tag: 'contract',
  summary: 'Contracts whose symbol or name begins so, 16 at most',
  ib: { request: ['reqMatchingSymbols'], callbacks: ['symbolSamples'], end: 'symbolSamples' },
  schema: {
    querystring: Type.Object(
      {
        symbol: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
        pattern: Type.Optional(
          Type.String({ minLength: 1, maxLength: 64, description: 'another name of symbol' }),
        ),
        ...listingFields,
      },
      {
        additionalProperties: false,
        allOf: [requiredUnless('symbol', 'pattern')],
      },
    ),
    response: { ...inParts(Type.Array(ContractMatch)), ...unchanged },
  },
})

export const contractOperations = [getContract, searchContracts] as const
