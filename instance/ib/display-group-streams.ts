import type { Stream } from './stream.ts'

/** The groups of the TWS window, told once. */
export const groupList: Stream<{ readonly told: (groupIds: readonly number[]) => void }> = {
  name: 'displayGroupList',
  answeredBy: 'reqId',
  begin: () => undefined,
  start: (api, reqId) => void api.queryDisplayGroups(reqId),
  cancel: () => undefined,
  reads: {
    displayGroupList: (_, [, groups], __, { told }) => {
      told(
        groups
          .split('|')
          .map(Number)
          .filter((groupId) => Number.isInteger(groupId) && groupId > 0),
      )
      return 'part'
    },
  },
}

export interface GroupQuestion {
  readonly groupId: number
  /** `8314@SMART`, `combo` or `none` */
  readonly shows: (contractInfo: string) => void
}

/** What one group shows, now and whenever that changes. */
export const displayGroup: Stream<GroupQuestion> = {
  name: 'displayGroup',
  answeredBy: 'reqId',
  begin: () => undefined,
  start: (api, reqId, { groupId }) => void api.subscribeToGroupEvents(reqId, groupId),
  cancel: (api, reqId) => void api.unsubscribeFromGroupEvents(reqId),
  reads: {
    displayGroupUpdated: (_, [, contractInfo], __, { shows }) => {
      shows(contractInfo)
      return 'part'
    },
  },
}
