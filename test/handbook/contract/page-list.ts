import { rulesOf } from '../../../proxy/pacing/rules.ts'
import { operations } from '../../../shared/api/index.ts'
import { slugOf } from '../../../shared/problem.ts'
import { SECURITY_TYPES } from '../../../shared/schemas/contract.ts'
import { BAR_SIZES, MARKET_DATA_TYPES, WHAT_TO_SHOW } from '../../../shared/schemas/market.ts'
import {
  ORDER_TYPE_NAMES,
  orderTypeRule,
  TIMES_IN_FORCE,
} from '../../../shared/schemas/order-types.ts'
import { FIELD_CODES } from '../../../shared/schemas/problem.ts'
import { ADVICE, IB_ADVICE } from './advice.ts'
import type { Page, Section } from './pages.ts'
import { type KnownProblem, knownProblems } from './problem-table.ts'
import { problemsOf } from './problems-of.ts'
import { symbolsPage } from './symbols-page.ts'

function adviceOf({ code }: KnownProblem): string {
  const advice = { ...ADVICE, ...IB_ADVICE }[code]
  if (advice === undefined) throw new Error(`nobody says what to do about ${code}`)
  return advice
}

function problemsIn(heading: string, text: string, prefix: string): Section {
  return {
    heading,
    text: [text],
    table: {
      head: ['code', 'status', 'what it means', 'again?', 'what to do'],
      rows: knownProblems
        .filter(({ code }) => code.startsWith(prefix))
        .map((known) => ({
          anchor: slugOf(known.code),
          cells: [
            `\`${known.code}\``,
            String(known.status),
            known.title,
            known.retryable ? 'yes' : 'no',
            adviceOf(known),
          ],
        })),
    },
  }
}

const FIELD_WORDS: Readonly<Record<(typeof FIELD_CODES)[number], string>> = {
  missing: 'is required',
  not_found: 'names something that does not exist',
  not_string: 'must be a text',
  not_numeric: 'must be a number',
  not_integer: 'must be a whole number',
  not_boolean: 'must be true or false',
  not_object: 'must be an object',
  not_array: 'must be a list',
  not_allowed: 'is unknown, or has a value that is not taken (here)',
  is_zero: 'must not be zero',
  is_negative: 'must not be negative',
  not_positive: 'must be above zero',
  too_small: 'is too small or too short',
  too_large: 'is too large or too long',
  bad_format: 'has the wrong form',
}

const problemsPage: Page = {
  name: 'problems',
  title: 'Problems',
  lead: 'Errors are `application/problem+json` (RFC 9457). `code` is stable; `type` is `https://ibrest.dev/problems/` and the code in small letters with hyphens; `documentation_url` leads here. "again?" says whether the very same call may be sent again as it is, as `retryable` does; where one answer differs, its own `retryable` counts.',
  sections: [
    problemsIn('Of the request', 'Told by whoever read the call first.', 'REQUEST_'),
    problemsIn(
      'Of the proxy',
      'The call did not reach an instance, or its answer was lost.',
      'PROXY_',
    ),
    problemsIn('Of an instance', 'Told by the instance that had the call.', 'INSTANCE_'),
    problemsIn('Unforeseen', 'A mistake of ours.', 'INTERNAL'),
    {
      heading: 'Of IB',
      text: [
        "IB's own `errorCode` and `errorMsg` stand beside ours. Codes that are not in this table are `IB_ERROR`, those from 2100 to 2169 warnings unless they stand here; a warning is told in `warningText` of the order or in the log, and is no problem.",
      ],
      table: {
        head: ['code', "IB's codes", 'status', 'what it means', 'what to do'],
        rows: knownProblems
          .filter(({ code }) => code.startsWith('IB_'))
          .map((known) => ({
            anchor: slugOf(known.code),
            cells: [
              `\`${known.code}\``,
              known.ibCodes.join(', ') || 'any other',
              String(known.status),
              known.title,
              adviceOf(known),
            ],
          })),
      },
    },
    {
      heading: 'Fields',
      text: [
        'A `REQUEST_INVALID` names every wrong field at once in `errors`: `endpoint`, `field`, `code`, `detail`, and for bodies `pointer`. The codes are a closed list.',
      ],
      table: {
        head: ['code', 'the field …'],
        rows: FIELD_CODES.map((code) => ({ cells: [`\`${code}\``, FIELD_WORDS[code]] })),
      },
    },
  ],
}

const STATUSES: Readonly<Record<number, string>> = {
  101: 'A WebSocket from here on.',
  200: 'Done; the answer is complete.',
  201: 'IB has acknowledged the order; `Location` says where it is.',
  202: 'Taken, but not known to be done: the answer says what is known. Look again, or send it again under its key. It is never sent twice by itself.',
  204: 'Done, and there is nothing to tell (`Prefer: return=minimal`, OPTIONS).',
  206: 'A part of a list, as `Range` or its twins in the query asked; `Content-Range` says which.',
  301: 'The address has changed for good.',
  304: 'What you have is still what it is.',
  307: 'The same call elsewhere, this time.',
  308: 'The same call elsewhere, from now on: what is asked of /orders is at `/order`.',
  401: 'No key or token, or none that is valid.',
  416: 'There is no such part of the list.',
}

const statusPage: Page = {
  name: 'status-codes',
  title: 'Status codes',
  lead: 'What each HTTP status means here. [Problems](problems.md) has every code behind those from 400 on.',
  sections: [
    {
      heading: 'Answers',
      table: {
        head: ['status', 'meaning'],
        rows: Object.entries(STATUSES)
          .filter(([status]) => Number(status) < 400)
          .map(([status, meaning]) => ({ anchor: `s${status}`, cells: [status, meaning] })),
      },
    },
    {
      heading: 'Problems',
      table: {
        head: ['status', 'problems'],
        rows: [...new Set([...knownProblems.map(({ status }) => status), 401, 416])]
          .sort((one, other) => one - other)
          .map((status) => {
            const codes = knownProblems
              .filter((known) => known.status === status)
              .map(({ code }) => `[${code}](problems.md#${slugOf(code)})`)
            const meaning = STATUSES[status] === undefined ? [] : [STATUSES[status]]
            return {
              anchor: `s${status}`,
              cells: [String(status), [...meaning, codes.join(', ')].join(' ')],
            }
          }),
      },
    },
    {
      heading: 'May I send it again?',
      text: [
        'Every problem says so in `retryable`. True means that nothing was done: the very same call may be sent again, an order too. False after 502 and 504 means that an order may have left: send it again only under its `Idempotency-Key` or `clientOrderId`, which never buys twice, or look at `/order` first.',
        '503 and 429 say in `Retry-After` when it is worth trying.',
      ],
    },
  ],
}

const PACED_WORDS: Readonly<Record<string, string>> = {
  history: 'history requests under way',
  'small bars': 'requests for bars of 30 s and less',
  'large bars': 'requests for larger bars',
  search: 'searches for contracts',
  snapshot: 'market data lines',
  depth: 'lines of depth',
  'tick-by-tick': 'feeds of every tick',
}

const limitsPage: Page = {
  name: 'rate-limits',
  title: 'Rate limits',
  lead: "IB's limits belong to the login, whoever calls. The proxy gives out what they allow: a call waits inside its deadline for its share, or is refused at once with 429 `PROXY_PACED` and `Retry-After`. What is left is told in `RateLimit` and `RateLimit-Policy`, and in `GET /clients`.",
  sections: [
    {
      heading: "IB's limits",
      table: {
        head: ['policy', 'counts', 'how many', 'within', 'for each'],
        rows: rulesOf({
          ...{ proxies: 1, history: 'on', largeBarsPerMinute: 0, marketDataLines: 100 },
        }).map(({ name, counts, quota, windowSeconds, per }) => ({
          anchor: name,
          cells: [
            `\`${name}\``,
            PACED_WORDS[counts] ?? counts,
            String(quota),
            windowSeconds === null ? 'at once' : `${windowSeconds} s`,
            per,
          ],
        })),
      },
    },
    {
      heading: 'Messages',
      text: [
        "Each client sends the gateway 40 messages in a second (`IB_MESSAGES_PER_SECOND`; IB takes 50), orders before reads. What is more waits inside the call's deadline.",
      ],
    },
    {
      heading: 'What costs nothing',
      text: [
        'Positions and executions are kept current and answered without asking IB; the same history question within 15 s is answered from what was told; readers of one instrument share one line.',
      ],
    },
    {
      heading: "A caller's own limits",
      text: [
        'What is more is 429 `PROXY_RATE_LIMITED`, "Rate limited", with `limit`, `reset_at` and `Retry-After`, and nothing was done. Cancels, whatever else ends something, the kill switch, drains, `/beacon`, `GET /clients` and `/metrics` are never counted or refused. Windows move: no second, minute or hour, wherever it begins, has more calls than that. Each proxy counts by itself. A limit that has counted a call is told in its answer.',
        '`ORDERS_PER_MINUTE` limits the orders of each caller beside that, those in a list one by one (429 `PROXY_ORDER_RATE`). Where the pool is saturated, and not the caller at fault, the answer is 503.',
      ],
      table: {
        head: ['policy', 'counts', 'default', 'set by', 'for each'],
        rows: [
          [
            '`read`',
            'what reads, feeds, previews',
            '50/s',
            '`RATE_LIMIT_READ`, `npm run key -- create --read-rate`',
            'key or user',
          ],
          [
            '`order`',
            'what places or changes something',
            '10/s',
            '`RATE_LIMIT_ORDER`, `--order-rate`',
            'key or user',
          ],
          [
            '`anonymous`',
            'both, without a key',
            '60/h',
            '`RATE_LIMIT_ANONYMOUS`',
            'address; this machine is free',
          ],
          [
            '`login`',
            '`POST /session`, `/session/refresh`',
            '5/m',
            '`RATE_LIMIT_LOGIN`',
            'address; this machine is free',
          ],
        ].map((cells) => ({ cells })),
      },
    },
    {
      heading: 'Which calls fall under which',
      table: {
        head: ['call', 'limit'],
        rows: operations
          .filter(({ pacing }) => pacing !== undefined)
          .map(({ method, url, pacing }) => ({
            cells: [`\`${method} ${url.replace(/:(\w+)/g, '{$1}')}\``, pacing ?? ''],
          })),
      },
    },
  ],
}

function wordsIn(heading: string, words: readonly string[], text: string): Section {
  return { heading, text: [text, words.map((word) => `\`${word}\``).join(' · ')] }
}

const constantsPage: Page = {
  name: 'constants',
  title: 'Constants',
  lead: "The closed lists of words, in IB's own spelling.",
  sections: [
    {
      heading: 'Order types',
      text: ['`orderType`, and what each cannot do without.'],
      table: {
        head: ['order type', 'needs'],
        rows: ORDER_TYPE_NAMES.map((name) => {
          const { needs = [], oneOf = [], sentAs } = orderTypeRule(name)
          const told = [
            ...needs.map((field) => `\`${field}\``),
            ...oneOf.map((pair) => pair.map((field) => `\`${field}\``).join(' or ')),
            ...(sentAs === undefined
              ? []
              : [`sent as ${sentAs.orderType} with \`tif\` ${sentAs.tif}`]),
          ]
          return { cells: [`\`${name}\``, told.join(', ')] }
        }),
      },
    },
    wordsIn(
      'Times in force',
      TIMES_IN_FORCE,
      '`tif`; GTD needs `goodTillDate`, Minutes `duration`.',
    ),
    wordsIn('Sides', ['BUY', 'SELL', 'SSHORT'], '`action`.'),
    wordsIn('Security types', SECURITY_TYPES, '`secType`, STK unless told.'),
    wordsIn('Bar sizes', BAR_SIZES, '`barSizeSetting` of `/history/{symbol}`.'),
    wordsIn('Kinds of history', WHAT_TO_SHOW, '`whatToShow` of `/history/{symbol}`.'),
    {
      heading: 'Durations',
      text: ['`durationStr`: a number and a unit with a blank between them, such as `1800 S`.'],
      table: {
        head: ['unit', 'meaning'],
        rows: [
          ['S', 'seconds'],
          ['D', 'days of trading'],
          ['W', 'weeks'],
          ['M', 'months'],
          ['Y', 'years'],
        ].map(([unit = '', meaning = '']) => ({ cells: [`\`${unit}\``, meaning] })),
      },
    },
    {
      heading: 'Kinds of quotes',
      text: ['`marketDataType`: asked for by number, told by word.'],
      table: {
        head: ['number', 'word'],
        rows: MARKET_DATA_TYPES.map((word, index) => ({
          cells: [String(index + 1), `\`${word}\``],
        })),
      },
    },
  ],
}

/** Every page that is made of the code. */
export const madePages: readonly Page[] = [
  problemsPage,
  statusPage,
  limitsPage,
  constantsPage,
  symbolsPage,
]

/** Problems that no operation is said to answer with: each belongs to one, or can be met anywhere. */
export function unclaimedProblems(): readonly string[] {
  const claimed = new Set(operations.flatMap(problemsOf))
  return knownProblems.map(({ code }) => code).filter((code) => !claimed.has(code))
}
