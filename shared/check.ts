/** Whether the process was started only to look at its configuration. */
export function isCheck(args: readonly string[] = process.argv.slice(2)): boolean {
  return args.includes('--check')
}

/** Members whose text is nobody's to read. */
const SECRET = /secret|password|token|credential|apikey/i

/** Tells what a configuration comes to, as JSON without secrets, and ends the process well. */
export function tellCheck(component: string, config: object): never {
  const shown = JSON.stringify(
    { component, ...config },
    (name, value) =>
      SECRET.test(name) && value !== null && value !== undefined ? '(secret)' : value,
    2,
  )
  process.stdout.write(`${shown}\n`)
  process.exit(0)
}
