import { type Element, element, parseXml, textOf, XmlError, xmlText } from '../wire/xml.ts'

/** How an order for a group is shared out among its accounts. */
const METHODS = [
  ...['NetLiq', 'AvailableEquity', 'Equal', 'EqualQuantity', 'PctChange'],
  ...['Percent', 'Ratio', 'ContractsOrShares', 'MonetaryAmount', 'UserDefined'],
]

/** One account of a group, with its share where the method needs one. */
interface Member {
  readonly account: string
  readonly amount: string
}

/** Accounts under one name. */
interface Group {
  readonly name: string
  readonly method: string
  readonly members: readonly Member[]
}

function groupElement({ name, method, members }: Group): Element {
  const accounts = members.map(({ account, amount }) =>
    element(
      'Account',
      {},
      element('acct', {}, account),
      ...(amount === '' ? [] : [element('amount', {}, amount)]),
    ),
  )
  return element(
    'Group',
    {},
    element('name', {}, name),
    element('defaultMethod', {}, method),
    element('ListOfAccts', { varName: 'list' }, ...accounts),
  )
}

/** A member stands as `<Account><acct>…` or, from older clients, as `<String>…`. */
function readMember(one: Element): Member {
  if (one.name === 'String') return { account: one.text.trim(), amount: '' }
  if (one.name !== 'Account') throw new XmlError(`<${one.name}> is no account`)
  return { account: textOf(one, 'acct'), amount: textOf(one, 'amount') }
}

function readRoot(xml: string, name: string): readonly Element[] {
  const root = parseXml(xml)
  if (root.name !== name) throw new XmlError(`<${name}> is missing`)
  return root.children
}

/** What an adviser has set up: groups of accounts, and names for accounts. */
export class Adviser {
  readonly #accounts: readonly string[]
  #groups: readonly Group[]
  readonly #aliases: Map<string, string>

  constructor(accounts: readonly string[]) {
    this.#accounts = accounts
    const members = accounts.map((account) => ({ account, amount: '' }))
    this.#groups = [{ name: 'Everybody', method: 'NetLiq', members }]
    this.#aliases = new Map(accounts.map((account) => [account, account]))
  }

  /** The accounts of a group; undefined when there is none of that name. */
  membersOf(name: string): string[] | undefined {
    const group = this.#groups.find((one) => one.name === name)
    return group?.members.map(({ account }) => account)
  }

  get groupsXml(): string {
    return xmlText(element('ListOfGroups', {}, ...this.#groups.map(groupElement)))
  }

  get aliasesXml(): string {
    const aliases = [...this.#aliases].map(([account, alias]) =>
      element('AccountAlias', {}, element('account', {}, account), element('alias', {}, alias)),
    )
    return xmlText(element('ListOfAccountAliases', {}, ...aliases))
  }

  /**
   * Puts these groups in the place of all there were.
   * @throws XmlError that says what is wrong; the groups then stay as they were
   */
  replaceGroups(xml: string): void {
    const groups = readRoot(xml, 'ListOfGroups').map((one) => this.#readGroup(one))
    const names = new Set(groups.map(({ name }) => name))
    if (names.size < groups.length) throw new XmlError('two groups have the same name')
    this.#groups = groups
  }

  /**
   * Gives accounts other names; those that are not told of keep theirs.
   * @throws XmlError that says what is wrong
   */
  replaceAliases(xml: string): void {
    const aliases = readRoot(xml, 'ListOfAccountAliases').map((one): [string, string] => {
      const account = textOf(one, 'account')
      this.#check(account)
      return [account, textOf(one, 'alias')]
    })
    for (const [account, alias] of aliases) this.#aliases.set(account, alias)
  }

  #readGroup(one: Element): Group {
    const name = textOf(one, 'name')
    if (one.name !== 'Group' || name === '') throw new XmlError('a group has no name')
    const method = textOf(one, 'defaultMethod')
    if (!METHODS.includes(method)) throw new XmlError(`${name}: "${method}" is no method`)
    const list = one.children.find((child) => child.name === 'ListOfAccts')
    const members = (list?.children ?? []).map(readMember)
    for (const { account } of members) this.#check(account)
    return { name, method, members }
  }

  #check(account: string): void {
    if (!this.#accounts.includes(account)) throw new XmlError(`"${account}" is not managed here`)
  }
}
