const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** What is not among the characters of XML 1.0 (§ 2.2). */
const NO_CHARACTER = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u
const NO_CHARACTERS = new RegExp(NO_CHARACTER, 'gu')

/** Whether a document of XML 1.0 can hold a text as it is. */
export function isXmlText(text: string): boolean {
  return !NO_CHARACTER.test(text)
}

/** A text as it stands in a document; what has no place in any is left out. */
export function xmlText(text: string): string {
  return text
    .replace(NO_CHARACTERS, '')
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}
