import { Type } from 'typebox'
import { Config, ContractConfig } from '../schemas/config.ts'
import { ContractSymbol, optionalContractFields } from '../schemas/contract.ts'
import { operation, unchanged } from './operation.ts'

export const getConfig = operation({
  operationId: 'getConfig',
  method: 'GET',
  url: '/config',
  traffic: 'local',
  onlyProxy: true,
  tag: 'config',
  summary: 'Accounts, clients, limits, versions',
  schema: {
    querystring: Type.Object({}, { additionalProperties: false }),
    response: { 200: Config },
  },
})

export const getContractConfig = operation({
  operationId: 'getContractConfig',
  method: 'GET',
  url: '/config/:symbol',
  traffic: 'leased',
  tag: 'config',
  summary: 'Trading hours, price steps, size steps and units of one contract',
  ib: {
    request: ['reqContractDetails', 'reqMarketRule'],
    callbacks: ['contractDetails', 'marketRule'],
    end: 'marketRule',
  },
  schema: {
    params: Type.Object({ symbol: ContractSymbol }),
    querystring: Type.Object({ ...optionalContractFields }, { additionalProperties: false }),
    response: { 200: ContractConfig, ...unchanged },
  },
})

export const configOperations = [getConfig, getContractConfig] as const
