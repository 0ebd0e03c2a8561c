import type {
  AccountAlias,
  AdviserGroup,
  AdviserLists,
  AdviserProfile,
  GroupMember,
} from '../../shared/schemas/adviser.ts'
import { xmlText } from '../../shared/xml-text.ts'
import { textOf } from './absent.ts'
import { childOf, childrenOf, textIn, type XmlElement, XmlError } from './xml.ts'

/** IB's numbers of an adviser's lists. */
export const FA_GROUPS = 1
export const FA_PROFILES = 2
export const FA_ALIASES = 3

const ROOTS: Readonly<Record<number, string>> = {
  [FA_GROUPS]: 'ListOfGroups',
  [FA_PROFILES]: 'ListOfAllocationProfiles',
  [FA_ALIASES]: 'ListOfAccountAliases',
}

/** A group's account stands as `<Account><acct>…` or, from older gateways, as `<String>…`. */
function memberOf(element: XmlElement): GroupMember {
  if (element.name === 'String') return { acct: element.text, amount: null }
  return { acct: textIn(element, 'acct') ?? '', amount: textIn(element, 'amount') }
}

function groupOf(group: XmlElement): AdviserGroup {
  return {
    name: textIn(group, 'name') ?? '',
    defaultMethod: textIn(group, 'defaultMethod'),
    accounts: (childOf(group, 'ListOfAccts')?.children ?? []).map(memberOf),
  }
}

function profileOf(profile: XmlElement): AdviserProfile {
  return {
    name: textIn(profile, 'name') ?? '',
    type: textIn(profile, 'type'),
    allocations: childrenOf(childOf(profile, 'ListOfAllocations'), 'Allocation').map(memberOf),
  }
}

function aliasOf(alias: XmlElement): AccountAlias {
  return { account: textIn(alias, 'account') ?? '', alias: textIn(alias, 'alias') ?? '' }
}

/** A list of an adviser's → ours. @throws XmlError where it is another document */
export function adviserListsOf(
  faDataType: number,
  root: XmlElement,
): Omit<AdviserLists, 'faDataType' | 'xml'> {
  const wanted = ROOTS[faDataType]
  if (root.name !== wanted) throw new XmlError(`it is a ${root.name}, not a ${wanted}`)
  const all = root.children
  return {
    groups: faDataType === FA_GROUPS ? all.map(groupOf) : null,
    profiles: faDataType === FA_PROFILES ? all.map(profileOf) : null,
    aliases: faDataType === FA_ALIASES ? all.map(aliasOf) : null,
  }
}

function leaf(name: string, text: string | null): string {
  return textOf(text) === null ? '' : `<${name}>${xmlText(text ?? '')}</${name}>`
}

/** Groups as IB takes them. */
export function groupsXml(groups: readonly AdviserGroup[]): string {
  const written = groups.map(({ name, defaultMethod, accounts }) => {
    const members = accounts.map(
      ({ acct, amount }) => `<Account>${leaf('acct', acct)}${leaf('amount', amount)}</Account>`,
    )
    return `<Group>${leaf('name', name)}${leaf('defaultMethod', defaultMethod)}<ListOfAccts varName="list">${members.join('')}</ListOfAccts></Group>`
  })
  return `<?xml version="1.0" encoding="UTF-8"?><ListOfGroups>${written.join('')}</ListOfGroups>`
}
