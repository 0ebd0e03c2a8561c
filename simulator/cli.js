#!/usr/bin/env node
// plain JavaScript, so that an older Node can at least say what is missing
const [major = 0] = process.versions.node.split('.').map(Number)
if (major >= 24) await import('./main.ts')
else {
  process.stderr.write(
    `The simulator needs Node 24 or newer, which runs TypeScript as it is; this is ${process.version}.\n`,
  )
  process.exitCode = 1
}
