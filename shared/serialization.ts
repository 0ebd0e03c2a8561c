import { SerializerSelector } from '@fastify/fast-json-stringify-compiler'

type Writer = (answer: unknown) => string

const compile = SerializerSelector()({}, {}) as unknown as (part: { schema: unknown }) => Writer
const writers = new WeakMap<object, Writer>()

/**
 * What writes answers of one schema, for Fastify's `setSerializerCompiler`: Fastify's own, made once for each schema however
 * many paths and statuses share it.
 */
export function compileSerializer({ schema }: { readonly schema: unknown }): Writer {
  const known = writers.get(schema as object)
  if (known !== undefined) return known
  const writer = compile({ schema })
  writers.set(schema as object, writer)
  return writer
}
