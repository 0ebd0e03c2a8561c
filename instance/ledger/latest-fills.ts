import type { Execution } from '../../shared/schemas/execution.ts'

/** `0000e0d5.6578.01.02` corrects `0000e0d5.6578.01.01`: only the part after the last dot differs (facts §3.2). */
export function revision(execId: string): { root: string; number: number } {
  const dot = execId.lastIndexOf('.')
  if (dot < 0) return { root: execId, number: 0 }
  return { root: execId.slice(0, dot), number: Number(execId.slice(dot + 1)) || 0 }
}

/** Fills without those a correction has replaced, each once, oldest first. */
export function latestFills(fills: Iterable<Execution>): Execution[] {
  const latest = new Map<string, { fill: Execution; number: number }>()
  for (const fill of fills) {
    const { root, number } = revision(fill.execId)
    const known = latest.get(root)
    if (known === undefined || number >= known.number) latest.set(root, { fill, number })
  }
  return [...latest.values()]
    .map(({ fill }) => fill)
    .sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0))
}
