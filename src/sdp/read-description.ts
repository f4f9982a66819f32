import type { SdpType } from './sdp-document.js'

export interface Description {
  /** null where the text is bare SDP. */
  type: SdpType | null
  sdp: string
}

/** Reads SDP, JSON of a description as browsers give it (`{type, sdp}`), or a JSON string; never throws. */
export function readDescription(text: string): Description | { problem: string } {
  const trimmed = text.replace(/^\uFEFF/, '').trimStart()
  if (trimmed === '') return { problem: 'it is empty' }
  const found = /^[{"]/.test(trimmed) ? readJson(trimmed) : { type: null, sdp: trimmed }
  if ('problem' in found || /^[vom]=/m.test(found.sdp)) return found
  return { problem: 'no line starts with "v=", "o=" or "m="' }
}

function readJson(text: string): Description | { problem: string } {
  const parsed = parseJson(text)
  if (typeof parsed === 'string') return { type: null, sdp: parsed }
  if (typeof parsed !== 'object' || parsed === null) return { problem: 'it starts like JSON and is none' }
  if (!('sdp' in parsed) || typeof parsed.sdp !== 'string')
    return { problem: 'the JSON has no text named "sdp"' }
  const type = 'type' in parsed ? parsed.type : null
  // A provisional answer follows the rules of an answer.
  if (type === 'pranswer') return { type: 'answer', sdp: parsed.sdp }
  return { type: type === 'offer' || type === 'answer' ? type : null, sdp: parsed.sdp }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
