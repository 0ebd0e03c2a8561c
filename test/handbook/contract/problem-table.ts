import { type CodeRow, codeRows, unknownCode } from '../../../instance/ib/codes.ts'
import { Problem, type ProblemRow, problem, problems } from '../../../shared/problem.ts'
import type { ProblemDocument } from '../../../shared/schemas/problem.ts'

/** One problem as callers meet it. */
export interface KnownProblem {
  readonly code: string
  readonly status: number
  readonly title: string
  readonly retryable: boolean
  /** IB's own numbers that come to it; empty for problems of ours */
  readonly ibCodes: readonly number[]
  readonly example: ProblemDocument
}

/** A request id for examples. */
const REQUEST = 'cEr1TZyVdvvk-4f'

function own(): KnownProblem[] {
  return Object.entries(problems as Record<string, ProblemRow>).map(
    ([code, { status, title, retryable = false }]) => ({
      ...{ code, status, title, retryable, ibCodes: [] },
      example: problem(code as keyof typeof problems).document(REQUEST),
    }),
  )
}

/** What IB's codes come to, by name: a code with several meanings is told under each. */
function ofIb(): KnownProblem[] {
  const told = new Map<string, { row: CodeRow; ibCodes: number[] }>()
  const note = (row: CodeRow, code: number) => {
    const known = told.get(row.name)
    if (known === undefined) told.set(row.name, { row, ibCodes: [code] })
    else if (!known.ibCodes.includes(code)) known.ibCodes.push(code)
  }
  for (const [code, row] of Object.entries(codeRows)) {
    if (row.notice !== true && row.order !== 'warning') note(row, Number(code))
    for (const [, variant] of row.variants ?? []) note(variant, Number(code))
  }
  told.set(unknownCode.name, { row: unknownCode, ibCodes: [] })
  return [...told.values()].map(({ row: { name, status, title }, ibCodes }) => {
    const members = {
      errorCode: ibCodes[0] ?? 0,
      errorMsg: title,
      reqId: 1_000_000_000,
      client_id: 3,
    }
    const example = new Problem(name, { status, title }, { members }).document(REQUEST)
    return { code: name, status, title, retryable: false, ibCodes, example }
  })
}

/** Every problem there is, ours first, by code. */
export const knownProblems: readonly KnownProblem[] = [...own(), ...ofIb()]

export const problemByCode: ReadonlyMap<string, KnownProblem> = new Map(
  knownProblems.map((each) => [each.code, each]),
)
