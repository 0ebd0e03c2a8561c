/** Mixes two whole numbers into 32 well-spread bits. */
export function mix(left: number, right: number): number {
  let bits = Math.imul(left ^ (right + 0x9e3779b9), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  bits = Math.imul(bits ^ (bits >>> 16) ^ right, 0x27d4eb2f)
  return (bits ^ (bits >>> 15)) >>> 0
}

/** Turns 32 bits into a number from 0 up to, not including, 1. */
export function unit(bits: number): number {
  return (bits >>> 0) / 0x1_0000_0000
}

/** 32 bits that stand for a text. */
export function hashText(text: string): number {
  let bits = 0x811c9dc5
  for (let place = 0; place < text.length; place += 1) {
    bits = Math.imul(bits ^ text.charCodeAt(place), 0x01000193)
  }
  return mix(bits, text.length)
}

/** About normal, mean 0, deviation 1, never beyond ±3.5: from one hash. */
export function bell(bits: number): number {
  const second = mix(bits, 0x5bd1e995)
  const third = mix(second, 0x1b873593)
  const fourth = mix(third, 0x68e31da4)
  return (unit(bits) + unit(second) + unit(third) + unit(fourth) - 2) * 1.732
}
