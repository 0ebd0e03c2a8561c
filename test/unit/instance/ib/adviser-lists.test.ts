import fc from 'fast-check'
import t from 'tap'
import { adviserListsOf, groupsXml } from '../../../../instance/ib/adviser-lists.ts'
import { readXml } from '../../../../instance/ib/xml.ts'
import { isXmlText } from '../../../../shared/xml-text.ts'

const name = fc
  .string({ minLength: 1, unit: 'grapheme' })
  .map((some) => some.trim())
  .filter((some) => some !== '' && isXmlText(some))

t.test('groups are read back as they were written, whatever their names', async (t) => {
  const member = fc.record({ acct: name, amount: fc.option(fc.nat().map(String)) })
  const group = fc.record({ name, defaultMethod: name, accounts: fc.array(member) })
  await fc.assert(
    fc.asyncProperty(fc.array(group), async (groups) => {
      const { groups: read } = adviserListsOf(1, await readXml(groupsXml(groups)))
      t.equal(JSON.stringify(read), JSON.stringify(groups))
    }),
    { numRuns: 200 },
  )
})

t.test('accounts of older gateways, profiles and aliases are read too', async (t) => {
  const old =
    '<ListOfGroups><Group><name>All</name><ListOfAccts varName="list"><String>DU1</String></ListOfAccts></Group></ListOfGroups>'
  t.match(adviserListsOf(1, await readXml(old)), {
    groups: [{ name: 'All', defaultMethod: null, accounts: [{ acct: 'DU1', amount: null }] }],
    profiles: null,
    aliases: null,
  })
  const profiles =
    '<ListOfAllocationProfiles><AllocationProfile><name>P</name><type>1</type><ListOfAllocations><Allocation><acct>DU1</acct><amount>60.0</amount></Allocation></ListOfAllocations></AllocationProfile></ListOfAllocationProfiles>'
  t.match(adviserListsOf(2, await readXml(profiles)), {
    profiles: [{ name: 'P', type: '1', allocations: [{ acct: 'DU1', amount: '60.0' }] }],
  })
  const aliases =
    '<ListOfAccountAliases><AccountAlias><account>DU1</account><alias>Mine</alias></AccountAlias></ListOfAccountAliases>'
  t.match(adviserListsOf(3, await readXml(aliases)), {
    aliases: [{ account: 'DU1', alias: 'Mine' }],
  })
  t.throws(() => adviserListsOf(4, { name: 'x', attributes: {}, children: [], text: '' }))
  const other = await readXml(aliases)
  t.throws(() => adviserListsOf(1, other), /ListOfAccountAliases/)
})
