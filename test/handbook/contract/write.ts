import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { operations } from '../../../shared/api/index.ts'
import { VERSION } from '../../../shared/version.ts'
import { readExamples } from './examples.ts'
import { readNouns } from './nouns.ts'
import { openApi } from './openapi.ts'
import { madePages } from './page-list.ts'
import { toHtml, toMarkdown } from './pages.ts'

const root = join(import.meta.dirname, '../../..')

/** Files that are made of the code, by their paths from the root of the project. */
export type Made = readonly (readonly [path: string, text: string])[]

/** The contract in both its forms, as it follows from the code now. */
export async function madeContract(): Promise<Made> {
  const document = openApi({
    operations,
    version: VERSION,
    nouns: await readNouns(),
    examples: readExamples(),
  })
  return [
    ['docs/openapi.json', `${JSON.stringify(document, null, 1)}\n`],
    // long texts stay on one line: a difference then shows what changed, and nothing else
    ['docs/openapi.yaml', stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })],
  ]
}

/** The pages beside it, for the web and for the proxy. */
export function pagesMade(): Made {
  return madePages.flatMap(
    (page) =>
      [
        [`docs/${page.name}.md`, toMarkdown(page)],
        [`proxy/docs/pages/${page.name}.html`, toHtml(page, madePages)],
      ] as const,
  )
}

if (import.meta.main)
  for (const [path, text] of [...(await madeContract()), ...pagesMade()])
    writeFileSync(join(root, path), text)
