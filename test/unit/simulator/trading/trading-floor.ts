import type { Commission, Execution } from '../../../../simulator/trading/execution.ts'
import type { DeskListener } from '../../../../simulator/trading/listener.ts'
import type { Order } from '../../../../simulator/trading/order.ts'
import type { Preview } from '../../../../simulator/trading/preview.ts'
import type { PlaceOrderRow } from '../../../../simulator/wire/place-order.ts'
import type { Instrument } from '../../../../simulator/world/instrument.ts'
import { World, type WorldOptions } from '../../../../simulator/world.ts'
import { ManualClock } from '../manual-clock.ts'
import { plainOrder } from '../plain-order.ts'

/** A world without clients whose clock a test moves; everything the desk tells is written down. */
export class TradingFloor {
  readonly clock = new ManualClock()
  readonly told: string[] = []
  readonly executions: Execution[] = []
  readonly commissions: Commission[] = []
  preview: Preview | undefined
  readonly world: World

  constructor(seed = 11, more: Partial<WorldOptions> = {}) {
    const listener: Omit<DeskListener, 'positionChanged'> = {
      openOrder: (order, preview) => {
        this.preview = preview
        this.#tell(order, `OO ${order.status}${order.commission > 0 ? ` ${order.commission}` : ''}`)
      },
      orderStatus: (order) =>
        this.#tell(order, `OS ${order.status} ${order.filled}/${order.remaining}`),
      executed: (execution) => {
        this.executions.push(execution)
        this.#tell(execution.order, `exec ${execution.side} ${execution.shares}`)
      },
      charged: ({ order }, commission) => {
        this.commissions.push(commission)
        this.#tell(order, 'commission')
      },
      bound: (order) => this.#tell(order, 'bound'),
      refused: (_clientId, orderId, { code }) => this.told.push(`${orderId} error ${code}`),
    }
    this.world = new World(
      {
        clock: this.clock,
        seed,
        accounts: ['DU1', 'DU2'],
        startingCash: 1_000_000,
        beatMs: 250,
        fillDelayMs: 2,
        homeZone: 'US/Eastern',
        ...more,
      },
      listener,
    )
  }

  get apple(): Instrument {
    return this.world.catalogue.byConId(265598) as Instrument
  }

  /** Places an order of client 1 and lets it meet the market. */
  place(orderId: number, fields: Partial<PlaceOrderRow> = {}): Order | undefined {
    this.world.desk.place(1, plainOrder({ orderId, ...fields }))
    this.clock.pass(5)
    return this.world.desk.order(1, orderId)
  }

  /** What was told since this was last asked. */
  heard(): string[] {
    return this.told.splice(0)
  }

  #tell(order: Order, what: string): void {
    this.told.push(`${order.orderId} ${what}`)
  }
}
