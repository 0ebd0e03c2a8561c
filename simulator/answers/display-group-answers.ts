import { messages } from '../wire/messages.ts'
import { requests } from '../wire/requests.ts'
import { DISPLAY_GROUPS } from '../world/display-groups.ts'
import { type Answer, answer, type Client, validating } from './answer.ts'

/** What a group may be made to show: `8314@SMART`, a combination, or nothing. */
const CONTRACT = /^(\d+@[\w.]+|combo|none)$/

/** Which group each subscription of a client follows. */
const groupsOf = new WeakMap<Client, Map<number, number>>()

function follow(client: Client, reqId: number, group: number): boolean {
  const { displayGroups } = client.world
  const tell = (contract: string) => client.send(messages.displayGroupUpdated, { reqId, contract })
  const stop = displayGroups.follow(group, tell)
  if (!client.keep('group', reqId, stop)) {
    stop()
    return false
  }
  let groups = groupsOf.get(client)
  if (groups === undefined) {
    groups = new Map()
    groupsOf.set(client, groups)
  }
  groups.set(reqId, group)
  tell(displayGroups.shows(group))
  return true
}

/** The display groups of the TWS window. */
export const displayGroupAnswers: readonly Answer[] = [
  answer(requests.queryDisplayGroups, (client, { reqId }) =>
    client.send(messages.displayGroupList, { reqId, groups: DISPLAY_GROUPS.join('|') }),
  ),
  answer(requests.subscribeToGroupEvents, (client, { reqId, groupId }) => {
    const group = DISPLAY_GROUPS.find((one) => one === groupId)
    if (group === undefined) {
      client.error(reqId, 321, validating(`Invalid display group ID ${groupId ?? ''}`))
    } else if (!follow(client, reqId, group)) client.error(reqId, 102, 'Duplicate ticker ID.')
  }),
  answer(requests.updateDisplayGroup, (client, { reqId, contract }) => {
    const group = groupsOf.get(client)?.get(reqId)
    const fault =
      group === undefined
        ? 'the display group is not subscribed to'
        : CONTRACT.test(contract)
          ? undefined
          : `Invalid contract info ${contract}`
    if (fault !== undefined) client.error(reqId, 321, validating(fault))
    else if (group !== undefined) client.world.displayGroups.show(group, contract)
  }),
  answer(requests.unsubscribeFromGroupEvents, (client, { reqId }) => {
    client.drop('group', reqId)
    groupsOf.get(client)?.delete(reqId)
  }),
]
