import type { Order } from './order.ts'

function keyOf(clientId: number, orderId: number): string {
  return `${clientId}.${orderId}`
}

/** All orders by owner and id, and who belongs together: parents, children, OCA groups. */
export class Families {
  readonly #orders = new Map<string, Order>()
  readonly #children = new Map<string, Order[]>()
  readonly #groups = new Map<string, Order[]>()

  get all(): Iterable<Order> {
    return this.#orders.values()
  }

  get(clientId: number, orderId: number): Order | undefined {
    return this.#orders.get(keyOf(clientId, orderId))
  }

  add(order: Order): void {
    const { clientId, orderId, permId } = order
    // many orders placed by hand may stand without an id at the same time
    this.#orders.set(orderId === 0 ? `by hand ${permId}` : keyOf(clientId, orderId), order)
    if (order.parentId !== 0) push(this.#children, keyOf(order.clientId, order.parentId), order)
    const { ocaGroup } = order.row
    if (ocaGroup !== '') push(this.#groups, `${order.account} ${ocaGroup}`, order)
  }

  /** Gives an order that was placed by hand its id. */
  bind(order: Order, orderId: number): void {
    this.#orders.delete(`by hand ${order.permId}`)
    order.orderId = orderId
    this.#orders.set(keyOf(order.clientId, orderId), order)
  }

  parentOf(order: Order): Order | undefined {
    return order.parentId === 0 ? undefined : this.get(order.clientId, order.parentId)
  }

  childrenOf(order: Order): Order[] {
    return [...(this.#children.get(keyOf(order.clientId, order.orderId)) ?? [])]
  }

  /** The other children of its parent: when one is filled the rest is cancelled. */
  siblingsOf(order: Order): Order[] {
    const parent = this.parentOf(order)
    return parent === undefined ? [] : this.childrenOf(parent).filter((other) => other !== order)
  }

  /** The other orders of its OCA group. */
  ocaWith(order: Order): Order[] {
    const { ocaGroup } = order.row
    if (ocaGroup === '') return []
    const group = this.#groups.get(`${order.account} ${ocaGroup}`) ?? []
    return group.filter((other) => other !== order)
  }

  /** What is held and goes out together with this order: its parent, itself, its siblings or children. */
  heldWith(order: Order): Order[] {
    const head = this.parentOf(order) ?? order
    const members = [head, ...this.childrenOf(head)]
    if (!members.includes(order)) members.push(order)
    return members.filter((member) => member.isHeld)
  }
}

function push(map: Map<string, Order[]>, key: string, order: Order): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [order])
  else list.push(order)
}
