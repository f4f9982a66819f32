import type { RawData } from 'ws'

/** The text of a text frame; `ws` has checked that it is UTF-8. */
export function textOf(data: RawData): string {
  if (Buffer.isBuffer(data)) return data.toString('utf8')
  return (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)).toString('utf8')
}
