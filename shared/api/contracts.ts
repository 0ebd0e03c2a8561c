import { Type } from 'typebox'
import { ContractDetails, ContractMatch, ContractQuery } from '../schemas/contract.ts'
import { requiredUnless } from '../schemas/when.ts'
import { operation } from './operation.ts'

export const getContract = operation({
  operationId: 'getContract',
  method: 'GET',
  url: '/contract',
  traffic: 'leased',
  tag: 'contract',
  summary: 'Details of every contract that fits',
  ib: {
    request: ['reqContractDetails'],
    callbacks: ['contractDetails', 'bondContractDetails'],
    end: 'contractDetailsEnd',
  },
  schema: {
    querystring: Type.Object(
      { ...ContractQuery.properties },
      {
        additionalProperties: false,
        allOf: [requiredUnless('symbol', 'conId', 'localSymbol', 'secId')],
      },
    ),
    response: { 200: Type.Array(ContractDetails) },
  },
})

export const searchContracts = operation({
  operationId: 'searchContracts',
  method: 'GET',
  url: '/contract/search',
  traffic: 'leased',
  pacing: 'search',
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
      },
      {
        additionalProperties: false,
        allOf: [requiredUnless('symbol', 'pattern')],
      },
    ),
    response: { 200: Type.Array(ContractMatch) },
  },
})

export const contractOperations = [getContract, searchContracts] as const
