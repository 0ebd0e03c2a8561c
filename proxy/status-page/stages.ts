/** Where the time went at an instance, ms, as it told in `Server-Timing`; undefined: it did not say. */
export interface InstanceStages {
  readonly pace: number | undefined
  readonly ib: number | undefined
  readonly encode: number | undefined
}

/** It said nothing. */
export const SILENT: InstanceStages = { pace: undefined, ib: undefined, encode: undefined }

/** The stages in the header fields of an instance's answer: name in lower case, value, name, value … */
export function stagesIn(headers: readonly string[]): InstanceStages {
  for (let index = 0; index + 1 < headers.length; index += 2)
    if (headers[index] === 'server-timing') return stagesOf(headers[index + 1] as string)
  return SILENT
}

function stagesOf(text: string): InstanceStages {
  return {
    pace: durationOf(text, 'pace;dur='),
    ib: durationOf(text, 'ib;dur='),
    encode: durationOf(text, 'encode;dur='),
  }
}

function durationOf(text: string, stage: string): number | undefined {
  const at = text.indexOf(stage)
  if (at < 0) return undefined
  const duration = Number.parseFloat(text.slice(at + stage.length, at + stage.length + 16))
  return duration >= 0 ? duration : undefined
}
