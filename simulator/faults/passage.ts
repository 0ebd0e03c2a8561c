import type { Effect } from './fault.ts'

/** What a message needs to pass, or not to pass, through a connection. */
export interface Passage {
  /** puts bytes on their way to the client */
  push(bytes: Buffer, sliced?: boolean): void
  later(delayMs: number, run: () => void): void
  end(how: 'politely' | 'reset'): void
  /** strikes the next message that goes out */
  strikeNext(effect: Effect): void
}

/** Lets a frame go out under a fault. */
export function passOut(effect: Effect, frame: Buffer, passage: Passage): void {
  switch (effect.kind) {
    case 'late':
      passage.later(effect.delayMs, () => passage.push(frame))
      break
    case 'twice':
      passage.push(frame)
      passage.push(frame)
      break
    case 'sliced':
      passage.push(frame, true)
      break
    case 'torn':
      passage.push(frame.subarray(0, Math.ceil(frame.length / 2)))
      passage.end('politely')
      break
    case 'reset':
      passage.end('reset')
      break
    case 'hold':
      effect.keep(() => passage.push(frame))
      break
    case 'followed':
      passage.push(frame)
      effect.follow()
      break
    case 'rewrite':
    // only a request can be answered with something else
    case 'error':
      passage.push(frame)
      break
    case 'silent':
      break
  }
}

/** Lets a request come in under a fault; `refuse` answers it with an error instead. */
export function passIn(
  effect: Effect,
  serve: () => void,
  refuse: (code: number, text: string) => void,
  passage: Passage,
): void {
  switch (effect.kind) {
    case 'late':
      passage.later(effect.delayMs, serve)
      break
    case 'twice':
      serve()
      serve()
      break
    case 'torn':
    case 'sliced':
      passage.strikeNext(effect)
      serve()
      break
    case 'reset':
      passage.end('reset')
      break
    case 'hold':
      effect.keep(serve)
      break
    case 'error':
      refuse(effect.code, effect.text)
      break
    case 'followed':
      serve()
      effect.follow()
      break
    case 'rewrite':
      serve()
      break
    case 'silent':
      break
  }
}
