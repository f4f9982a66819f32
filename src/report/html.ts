/** Markup that is safe to put into a page: made by `html`, which escapes what is put into it. */
export class Html {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text
  }
}

export type HtmlValue = Html | string | number | null | undefined | readonly HtmlValue[]

/** Longer than anything a page has room for; labels of channels can have 64 KiB. */
const MAX_TEXT_LENGTH = 500

/** What draws nothing, or reorders what is drawn around it; line feeds and tabs are only space. */
const INVISIBLE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Markup with values in it: what is not `Html` itself is text, wherever it stands, and nothing is left out. */
export function html(strings: TemplateStringsArray, ...values: HtmlValue[]): Html {
  const text = strings.map((part, index) => `${part}${index < values.length ? toMarkup(values[index]) : ''}`)
  return new Html(text.join(''))
}

function toMarkup(value: HtmlValue): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Html) return value.text
  if (typeof value === 'string' || typeof value === 'number') return escapeText(String(value))
  return value.map(toMarkup).join('')
}

/** Foreign text as text of a page or of a quoted attribute. */
function escapeText(text: string): string {
  const shown = text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text
  return shown.replace(INVISIBLE, '\u{FFFD}').replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}

/** Data for a script of the page: JSON in which nothing can end the element that holds it. */
export function jsonData(value: unknown): Html {
  const escape = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return new Html(JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, escape))
}
