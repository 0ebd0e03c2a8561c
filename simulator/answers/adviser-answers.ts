import type { Adviser } from '../trading/adviser.ts'
import { messages } from '../wire/messages.ts'
import { requests } from '../wire/requests.ts'
import { XmlError } from '../wire/xml.ts'
import { type Answer, answer, type Client, validating } from './answer.ts'

const GROUPS = 1
const PROFILES = 2
const ALIASES = 3

const NO_ADVISER = 'FA data operations ignored for non FA customers'
const NO_PROFILES = 'FA Profile is not supported anymore, use FA Group instead'

/** The adviser of this login; tells the client why there is no such data, and gives undefined. */
function adviserFor(client: Client, reqId: number, kind: number | undefined): Adviser | undefined {
  const { adviser } = client.world
  const isKnown = kind === GROUPS || kind === ALIASES
  if (adviser !== undefined && isKnown) return adviser
  const cause =
    adviser === undefined
      ? NO_ADVISER
      : kind === PROFILES
        ? NO_PROFILES
        : `Invalid FA data type ${kind}`
  client.error(reqId, 321, validating(cause))
  return undefined
}

/** Advisers: their groups of accounts, and their names for accounts. */
export const adviserAnswers: readonly Answer[] = [
  answer(requests.requestFA, (client, { faDataType }) => {
    const adviser = adviserFor(client, -1, faDataType)
    if (adviser === undefined || faDataType === undefined) return
    const xml = faDataType === GROUPS ? adviser.groupsXml : adviser.aliasesXml
    client.send(messages.receiveFA, { faDataType, xml })
  }),
  answer(requests.replaceFA, (client, { reqId, faDataType, xml }) => {
    const adviser = adviserFor(client, reqId, faDataType)
    if (adviser === undefined) return
    try {
      if (faDataType === GROUPS) adviser.replaceGroups(xml)
      else adviser.replaceAliases(xml)
    } catch (error) {
      if (!(error instanceof XmlError)) throw error
      client.error(reqId, 321, validating(`FA data cannot be read: ${error.message}`))
      return
    }
    client.send(messages.replaceFAEnd, { reqId, text: 'success' })
  }),
]
