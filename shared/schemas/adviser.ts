import { type Static, Type } from 'typebox'
import { NullableString } from './value.ts'

const Name = Type.String({ minLength: 1, maxLength: 64 })
const Account = Type.String({ minLength: 1, maxLength: 32 })

/** An account of a group, with its share where the method needs one. */
export const GroupMember = Type.Object({
  acct: Account,
  amount: NullableString,
})
export type GroupMember = Static<typeof GroupMember>

/** Accounts under one name, among which an order for the group is shared out by its method. */
export const AdviserGroup = Type.Object({
  name: Type.String(),
  defaultMethod: NullableString,
  accounts: Type.Array(GroupMember),
})
export type AdviserGroup = Static<typeof AdviserGroup>

/** Shares of accounts under one name; IB has given these up for groups. */
export const AdviserProfile = Type.Object({
  name: Type.String(),
  type: NullableString,
  allocations: Type.Array(GroupMember),
})
export type AdviserProfile = Static<typeof AdviserProfile>

/** Another name of an account. */
export const AccountAlias = Type.Object({ account: Type.String(), alias: Type.String() })
export type AccountAlias = Static<typeof AccountAlias>

/** What an adviser has set up (requestFA): the list that was asked for, the others null. */
export const AdviserLists = Type.Object({
  faDataType: Type.Integer(),
  groups: Type.Unsafe<AdviserGroup[] | null>({ type: ['array', 'null'], items: AdviserGroup }),
  profiles: Type.Unsafe<AdviserProfile[] | null>({
    type: ['array', 'null'],
    items: AdviserProfile,
  }),
  aliases: Type.Unsafe<AccountAlias[] | null>({ type: ['array', 'null'], items: AccountAlias }),
  xml: Type.String({ description: 'the list as IB wrote it' }),
})
export type AdviserLists = Static<typeof AdviserLists>

/** Groups in the place of all there are. */
export const GroupsReplacement = Type.Object(
  {
    faDataType: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 3, description: 'groups (1) alone can be replaced' }),
    ),
    groups: Type.Array(
      Type.Object(
        {
          name: Name,
          defaultMethod: Type.String({
            pattern: '^[A-Za-z_]{1,32}$',
            description: "IB's name of a method, such as NetLiq or Equal",
          }),
          accounts: Type.Array(
            Type.Object(
              {
                acct: Account,
                amount: Type.Optional(
                  Type.Unsafe<string | number | null>({
                    type: ['string', 'number', 'null'],
                    pattern: '^-?[0-9]{1,12}(\\.[0-9]{1,8})?$',
                    description: 'a share, where the method needs one',
                  }),
                ),
              },
              { additionalProperties: false },
            ),
            { minItems: 1, maxItems: 1000 },
          ),
        },
        { additionalProperties: false },
      ),
      { maxItems: 500 },
    ),
  },
  { additionalProperties: false },
)
export type GroupsReplacement = Static<typeof GroupsReplacement>

/** The groups as they were handed to IB, and its word on them. */
export const ReplacedGroups = Type.Object({
  faDataType: Type.Integer(),
  groups: Type.Array(AdviserGroup),
  text: NullableString,
  xml: Type.String({ description: 'what IB was sent' }),
})
export type ReplacedGroups = Static<typeof ReplacedGroups>
