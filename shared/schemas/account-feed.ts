import { Type } from 'typebox'
import { PortfolioItem } from './account.ts'
import { NullableString } from './value.ts'

/**
 * A row of what IB tells of an account: a value (`key`, `value`, `currency`; texts, as IB sends them), a holding with its
 * market value and profit (`contract` and what follows, money in the contract's currency), or the time all that was
 * reckoned (`accountTime`, hh:mm of the gateway).
 */
export const AccountUpdateRow = Type.Object({
  key: Type.String(),
  value: Type.String(),
  currency: NullableString,
  accountTime: Type.String(),
  ...PortfolioItem.properties,
})
