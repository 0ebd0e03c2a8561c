import t from 'tap'
import { Adviser } from '../../../../simulator/trading/adviser.ts'
import { XmlError } from '../../../../simulator/wire/xml.ts'

const groups = (...inside: string[]) => `<ListOfGroups>${inside.join('')}</ListOfGroups>`
const group = (name: string, method: string, accounts: string) =>
  `<Group><name>${name}</name><defaultMethod>${method}</defaultMethod><ListOfAccts varName="list">${accounts}</ListOfAccts></Group>`

t.test('groups that were replaced are told as they were given', (t) => {
  const adviser = new Adviser(['U1', 'U2'])
  t.same(adviser.membersOf('Everybody'), ['U1', 'U2'])
  adviser.replaceGroups(
    groups(
      group('Half', 'Ratio', '<Account><acct>U1</acct><amount>2</amount></Account>'),
      group('Old', 'NetLiq', '<String>U2</String><String>U1</String>'),
    ),
  )
  t.equal(adviser.membersOf('Everybody'), undefined)
  t.same(adviser.membersOf('Half'), ['U1'])
  t.same(adviser.membersOf('Old'), ['U2', 'U1'])
  const lines = adviser.groupsXml.split('\n').map((line) => line.trim())
  t.same(lines.slice(1, 13), [
    ...['<ListOfGroups>', '<Group>', '<name>Half</name>', '<defaultMethod>Ratio</defaultMethod>'],
    ...['<ListOfAccts varName="list">', '<Account>', '<acct>U1</acct>', '<amount>2</amount>'],
    ...['</Account>', '</ListOfAccts>', '</Group>', '<Group>'],
  ])
  adviser.replaceGroups(adviser.groupsXml)
  t.same(adviser.membersOf('Half'), ['U1'])
  t.end()
})

t.test('what makes no sense is refused whole', (t) => {
  const adviser = new Adviser(['U1', 'U2'])
  for (const xml of [
    ...['', '<ListOfGroups>', '<Groups></Groups>', groups('<Group></Group>')],
    ...[groups(group('A', 'Guess', '')), groups(group('A', 'NetLiq', '<String>U9</String>'))],
    ...[groups(group('A', 'NetLiq', ''), group('A', 'NetLiq', '')), groups('<Thing/>')],
  ]) {
    t.throws(() => adviser.replaceGroups(xml), XmlError, xml)
  }
  t.same(adviser.membersOf('Everybody'), ['U1', 'U2'])
  t.end()
})

t.test('accounts can be given other names', (t) => {
  const adviser = new Adviser(['U1', 'U2'])
  const alias = (account: string, name: string) =>
    `<ListOfAccountAliases><AccountAlias><account>${account}</account><alias>${name}</alias></AccountAlias></ListOfAccountAliases>`
  adviser.replaceAliases(alias('U2', 'Savings'))
  t.match(adviser.aliasesXml, /<account>U1<\/account>\s*<alias>U1<\/alias>/)
  t.match(adviser.aliasesXml, /<account>U2<\/account>\s*<alias>Savings<\/alias>/)
  t.throws(() => adviser.replaceAliases(alias('U9', 'Nobody')), XmlError)
  t.end()
})
