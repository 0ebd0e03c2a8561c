import { setTimeout as pause } from 'node:timers/promises'

type Truthy<Fact> = Fact extends false | 0 | '' | null | undefined ? never : Fact

/**
 * Resolves with the first truthy fact; asks every few milliseconds.
 * @throws when it does not come true within `withinMs`, with the last thing seen
 */
export async function until<Fact>(
  fact: () => Fact | Promise<Fact>,
  what: string,
  withinMs = 10_000,
): Promise<Truthy<Fact>> {
  const deadline = performance.now() + withinMs
  let last: unknown
  while (performance.now() < deadline) {
    try {
      const seen = await fact()
      if (seen) return seen as Truthy<Fact>
      last = seen
    } catch (error) {
      last = error
    }
    await pause(5)
  }
  throw new Error(`waited ${withinMs} ms in vain for: ${what} (last seen: ${String(last)})`)
}
