/**
 * What must never reach a terminal raw: control characters (C0, C1, DEL and with them every ANSI, OSC, CSI and DCS
 * introducer), line and paragraph separators, lone surrogates, and everything that draws nothing or reorders what is
 * drawn (bidi controls, zero-width characters, tags). Variation selectors stay: they only choose an emoji's style.
 */
const UNPRINTABLE =
  /(?![\u{FE00}-\u{FE0F}])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}\p{Default_Ignorable_Code_Point}]/gu

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r' }

/**
 * Text from outside as it can be shown: what would steer the terminal, hide or reorder text becomes a visible
 * escape (`\x1b`, `\u{202e}`). With `multiline` a line feed stays a line feed.
 */
export function printable(text: string, { multiline = false }: { multiline?: boolean } = {}): string {
  return text.replace(UNPRINTABLE, (character) =>
    multiline && character === '\n' ? character : escapeCharacter(character),
  )
}

/**
 * JSON text in which the same characters are written as `\uXXXX`: the parsed value does not change, but a JSON line
 * shown on a terminal cannot steer it either.
 */
export function printableJson(json: string): string {
  return json.replace(UNPRINTABLE, (character) => {
    const units = Array.from({ length: character.length }, (_unit, index) => character.charCodeAt(index))
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
  })
}

/** The text with every lone surrogate replaced by U+FFFD (`String.prototype.toWellFormed` is not in Node 20). */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\u{FFFD}')
}

function escapeCharacter(character: string): string {
  const short = SHORT_ESCAPES[character]
  if (short !== undefined) return short
  const codePoint = character.codePointAt(0) ?? 0
  const hex = codePoint.toString(16)
  return codePoint <= 0xff ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`
}
