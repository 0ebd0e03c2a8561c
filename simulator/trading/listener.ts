import type { Instrument } from '../world/instrument.ts'
import type { Account } from './account.ts'
import type { Commission, Execution } from './execution.ts'
import type { Order } from './order.ts'
import type { Preview } from './preview.ts'
import type { Refusal } from './screening.ts'

/** Who hears what happens to orders. */
export interface DeskListener {
  openOrder(order: Order, preview?: Preview): void
  orderStatus(order: Order): void
  executed(execution: Execution): void
  charged(execution: Execution, commission: Commission): void
  /** an order was not taken, was rejected, cancelled or warned about: told as an error with its id */
  refused(clientId: number, orderId: number, refusal: Refusal): void
  /** an order placed by hand has got an id under which client 0 may touch it (facts §3.2) */
  bound(order: Order): void
  positionChanged(account: Account, instrument: Instrument): void
}
