/** Long enough for a candidate's address or a fingerprint's beginning. */
const MAX_QUOTED = 60

/** A piece of a description inside a message, cut where it is long. */
export function quote(text: string): string {
  return text.length > MAX_QUOTED ? `"${text.slice(0, MAX_QUOTED)}..."` : `"${text}"`
}
