import { setImmediate as turn } from 'node:timers/promises'
import sax from 'sax'

/** A longer document is not read; the largest that IB has, the scanner parameters, is some two million characters. */
export const MAX_DOCUMENT_CHARACTERS = 8 * 1024 * 1024
/** What is read before others have their turn: about a millisecond's work. */
const CHARACTERS_PER_TURN = 16 * 1024
/** IB's documents are some ten elements deep. */
const MAX_DEPTH = 100

/** One element with what is inside it; `text` is its own, without white space around it. */
export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  readonly text: string
}

interface Growing {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: Growing[]
  text: string
}

/** Why a text is no document that is read here. */
export class XmlError extends Error {}

/**
 * Reads a document over several turns of the event loop, so that a large one never holds up an order. Entities that a
 * document declares itself are not known.
 * @throws XmlError
 */
export async function readXml(xml: string): Promise<XmlElement> {
  if (xml.length > MAX_DOCUMENT_CHARACTERS) {
    throw new XmlError(
      `it has ${xml.length} characters; more than ${MAX_DOCUMENT_CHARACTERS} are not read`,
    )
  }
  const reader = new Reader()
  for (let at = 0; at < xml.length; at += CHARACTERS_PER_TURN) {
    if (at > 0) await turn()
    reader.read(xml.slice(at, at + CHARACTERS_PER_TURN))
  }
  return reader.end()
}

class Reader {
  readonly #parser = sax.parser(true, { position: false })
  readonly #open: Growing[] = []
  #root: Growing | undefined
  #trouble: string | undefined

  constructor() {
    const parser = this.#parser
    parser.onerror = ({ message }) => {
      this.#trouble ??= message.split('\n', 1)[0] ?? message
    }
    parser.onopentag = ({ name, attributes }) =>
      this.#begin({
        name,
        attributes: attributes as Record<string, string>,
        children: [],
        text: '',
      })
    parser.onclosetag = () => this.#close()
    parser.ontext = (text) => this.#hear(text)
    parser.oncdata = (text) => this.#hear(text)
  }

  read(part: string): void {
    this.#parser.write(part)
    this.#refuseTrouble()
  }

  end(): XmlElement {
    this.#parser.close()
    this.#refuseTrouble()
    if (this.#root === undefined) throw new XmlError('it has no element')
    return this.#root
  }

  #refuseTrouble(): void {
    if (this.#trouble !== undefined) throw new XmlError(this.#trouble)
  }

  #begin(element: Growing): void {
    if (this.#open.length >= MAX_DEPTH) this.#trouble ??= `it is deeper than ${MAX_DEPTH} elements`
    const parent = this.#open.at(-1)
    if (parent !== undefined) parent.children.push(element)
    else if (this.#root === undefined) this.#root = element
    else this.#trouble ??= 'it has more than one root'
    this.#open.push(element)
  }

  #close(): void {
    const element = this.#open.pop()
    if (element !== undefined) element.text = element.text.trim()
  }

  #hear(text: string): void {
    const element = this.#open.at(-1)
    if (element !== undefined) element.text += text
  }
}

/** The first child of that name. */
export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name)
}

/** All children of that name. */
export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((child) => child.name === name) ?? []
}

/** The text of the first child of that name; null where there is none, or nothing in it. */
export function textIn(element: XmlElement | undefined, name: string): string | null {
  const text = childOf(element, name)?.text
  return text === undefined || text === '' ? null : text
}

/** The words of a text with commas between them. */
export function wordsOf(text: string | null): string[] {
  return (text ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
}

/** Every element inside, at whatever depth, of that name; outer ones first. */
export function* insideOf(element: XmlElement, name: string): Generator<XmlElement> {
  for (const child of element.children) {
    if (child.name === name) yield child
    yield* insideOf(child, name)
  }
}
