import type { SdpType } from '../sdp/sdp-document.js'

/** A description that a connection set, in a dump or in the events of a run. */
export interface DumpedDescription {
  /** Of the connection in the file: `PC_0`, `1-0`, `0`. */
  connection: string
  side: 'local' | 'remote'
  type: SdpType
  sdp: string
  /** Milliseconds since the first that the file says. */
  elapsedMs: number
}

const SIDES: Readonly<Record<string, DumpedDescription['side']>> = {
  setLocalDescription: 'local',
  setRemoteDescription: 'remote',
}

/** The numbers that rtcstats clients write for the methods that carry a description. */
const METHOD_NUMBERS: Readonly<Record<number, string>> = {
  3: 'createOfferOnSuccess',
  5: 'createAnswerOnSuccess',
  6: 'setLocalDescription',
  8: 'setRemoteDescription',
}

/**
 * Every description that was set, in order, from a dump of rtcstats or of chrome://webrtc-internals, or from what
 * `--sdp --json` printed; undefined where the text is none of these. Never throws: what cannot be read is left out.
 */
export function readDescriptions(text: string): DumpedDescription[] | undefined {
  if (text.startsWith('RTCStatsDump\n')) return fromStart(readRtcstats(text))
  if (/^\s*\{"v":1,/.test(text)) return fromStart(readEvents(text))
  if (/^\s*\{/.test(text) && text.includes('"PeerConnections"')) return fromStart(readInternals(text))
  return undefined
}

interface TimedDescription extends Omit<DumpedDescription, 'elapsedMs'> {
  timeMs: number
}

function fromStart(descriptions: readonly TimedDescription[]): DumpedDescription[] {
  const sorted = descriptions.toSorted((a, b) => a.timeMs - b.timeMs)
  const startMs = sorted[0]?.timeMs ?? 0
  return sorted.map(({ timeMs, ...description }) => ({
    ...description,
    elapsedMs: Math.round((timeMs - startMs) * 10) / 10,
  }))
}

function readRtcstats(text: string): TimedDescription[] {
  const found: TimedDescription[] = []
  const before = new Map<string, { type: SdpType; sdp: string }>()
  let timeMs = 0
  for (const line of text.split('\n').slice(2)) {
    const event = parseJson(line)
    if (!Array.isArray(event)) continue
    const [name, connection, value]: unknown[] = event
    const delta: unknown = event.at(-1)
    timeMs += typeof delta === 'number' ? delta : 0
    const method = typeof name === 'number' ? METHOD_NUMBERS[name] : name
    if (typeof method !== 'string' || typeof connection !== 'string') continue
    const description = readInit(value)
    if (description === undefined || !/Description$|^create(Offer|Answer)OnSuccess$/.test(method)) continue
    const side = SIDES[method]
    const key = `${connection} ${side ?? 'local'}`
    const whole = { type: description.type, sdp: restoreSections(before.get(key), description) }
    before.set(key, whole)
    if (side !== undefined) found.push({ connection, side, ...whole, timeMs })
  }
  return found
}

/** A client may write `m=` or `v=` for a section that is as it was in the description before, of the same type. */
function restoreSections(
  before: { type: SdpType; sdp: string } | undefined,
  { type, sdp }: { type: SdpType; sdp: string },
): string {
  const sections = splitSections(sdp)
  if (before?.type !== type || !sections.some(isElided)) return sdp
  const earlier = splitSections(before.sdp)
  const restored = sections.map((section, index) =>
    isElided(section) ? (earlier[index] ?? section) : section,
  )
  return `${restored.join('\r\n')}\r\n`
}

function isElided(section: string): boolean {
  return section === 'v=' || section === 'm='
}

function splitSections(sdp: string): string[] {
  return sdp.split(/\n(?=m=)/).map((section) => section.trim())
}

function readInternals(text: string): TimedDescription[] {
  const dump = parseJson(text)
  const connections = fieldOf(dump, 'PeerConnections')
  if (typeof connections !== 'object' || connections === null) return []
  return Object.entries(connections).flatMap(([connection, record]) => {
    const log = fieldOf(record, 'updateLog')
    return (Array.isArray(log) ? log : []).flatMap((update: unknown): TimedDescription[] => {
      const side = SIDES[String(fieldOf(update, 'type'))]
      const description = readValue(fieldOf(update, 'value'))
      if (side === undefined || description === undefined) return []
      return [{ connection, side, ...description, timeMs: readTime(update) }]
    })
  })
}

/** JSON since Chromium M142, `type: offer, sdp: v=0...` before. */
function readValue(value: unknown): { type: SdpType; sdp: string } | undefined {
  if (typeof value !== 'string') return undefined
  const [, type, sdp] = /^type: (\w+), sdp: ([^]*)$/.exec(value) ?? []
  return readInit(type === undefined ? parseJson(value) : { type, sdp })
}

function readTime(update: unknown): number {
  const timestamp = fieldOf(update, 'timestamp')
  if (typeof timestamp === 'number') return timestamp
  return Date.parse(String(fieldOf(update, 'time'))) || 0
}

function readEvents(text: string): TimedDescription[] {
  return text.split('\n').flatMap((line): TimedDescription[] => {
    const event = line.includes('"description"') ? parseJson(line) : undefined
    if (fieldOf(event, 'event') !== 'description') return []
    const side = fieldOf(event, 'side')
    const description = readInit(event)
    if (description === undefined || (side !== 'local' && side !== 'remote')) return []
    const timeMs = Date.parse(String(fieldOf(event, 'ts'))) || 0
    return [{ connection: String(fieldOf(event, 'connection')), side, ...description, timeMs }]
  })
}

function readInit(value: unknown): { type: SdpType; sdp: string } | undefined {
  const [type, sdp] = [fieldOf(value, 'type'), fieldOf(value, 'sdp')]
  if (typeof sdp !== 'string' || sdp === '') return undefined
  if (type === 'offer') return { type, sdp }
  return type === 'answer' || type === 'pranswer' ? { type: 'answer', sdp } : undefined
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
