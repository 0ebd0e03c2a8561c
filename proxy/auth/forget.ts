/** Lets the oldest of what is kept, a Map or a Set, go where there are more than so many. */
export function forgetOldest(
  kept: { readonly size: number; keys(): Iterable<string>; delete(name: string): boolean },
  most: number,
): void {
  if (kept.size <= most) return
  for (const oldest of kept.keys()) {
    kept.delete(oldest)
    return
  }
}
