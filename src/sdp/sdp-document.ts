/** What a description is to the other side; a provisional answer follows the rules of an answer. */
export type SdpType = 'offer' | 'answer'

/** One line, taken apart where it has the form `x=value`; `kind` is empty where it has not. */
export interface SdpLine {
  /** From 1. */
  number: number
  kind: string
  value: string
}

/** An `a=` line: `name`, or `name:value`. */
export interface SdpAttribute {
  name: string
  value: string | null
  line: number
}

/** The lines of the session before the first `m=`, or those of one m-section. */
export interface SdpSection {
  /** Of its `m=` line; 1 for the session. */
  line: number
  lines: SdpLine[]
  /** By name: a description of thousands of lines is not searched again for each. */
  attributes: Map<string, SdpAttribute[]>
}

export interface SdpMediaSection extends SdpSection {
  index: number
  mid: string | null
  kind: string
  /** NaN where it is not a number. */
  port: number
  protocol: string
  formats: string[]
}

export interface SdpBundleGroup {
  line: number
  mids: string[]
}

/** A description as lines with their numbers, in sections; nothing is judged yet. */
export interface SdpDocument {
  lines: SdpLine[]
  /** The first line that ends in LF alone. */
  bareLineFeed: number | null
  endsInLineFeed: boolean
  session: SdpSection
  media: SdpMediaSection[]
  bundleGroups: SdpBundleGroup[]
  /** Those that share a transport with another. */
  bundledMids: ReadonlySet<string>
}

/** Takes any text apart; never throws. */
export function readSdpDocument(sdp: string): SdpDocument {
  const rows = sdp.split('\n')
  const endsInLineFeed = rows.at(-1) === ''
  if (endsInLineFeed) rows.pop()
  const bareIndex = rows.findIndex(
    (row, index) => !row.endsWith('\r') && (endsInLineFeed || index < rows.length - 1),
  )
  const lines = rows.map((row, index) => readLine(row, index + 1))
  const { session, media } = splitSections(lines)
  const bundleGroups = readBundleGroups(session)
  return {
    lines,
    bareLineFeed: bareIndex === -1 ? null : bareIndex + 1,
    endsInLineFeed,
    session,
    media,
    bundleGroups,
    bundledMids: new Set(bundleGroups.flatMap(({ mids }) => (mids.length > 1 ? mids : []))),
  }
}

/** All attributes of that name in a section. */
export function attributesNamed({ attributes }: SdpSection, name: string): SdpAttribute[] {
  return attributes.get(name) ?? []
}

/** The attribute of a section or, where it has none of its own, of the session. */
export function inheritedAttributes(
  section: SdpSection,
  { session }: SdpDocument,
  name: string,
): SdpAttribute[] {
  const own = attributesNamed(section, name)
  return own.length > 0 ? own : attributesNamed(session, name)
}

/** Whether the m-section speaks RTP (RFC 8866 §5.14: a protocol of `.../RTP/profile` or `RTP/profile`). */
export function isRtp({ protocol }: SdpMediaSection): boolean {
  return /(^|\/)RTP\//i.test(protocol)
}

/** Whether the m-section is SCTP over DTLS, old spelling included. */
export function isSctp({ protocol }: SdpMediaSection): boolean {
  return /\bSCTP\b/i.test(protocol)
}

function readLine(row: string, number: number): SdpLine {
  const text = row.endsWith('\r') ? row.slice(0, -1) : row
  const isLine = /^[a-z]=/.test(text)
  return { number, kind: isLine ? text.charAt(0) : '', value: isLine ? text.slice(2) : text }
}

function splitSections(lines: readonly SdpLine[]): Pick<SdpDocument, 'session' | 'media'> {
  const session: SdpSection = { line: 1, lines: [], attributes: new Map() }
  const media: SdpMediaSection[] = []
  let section: SdpSection = session
  for (const line of lines) {
    if (line.kind === 'm') {
      const opened = openMedia(line, media.length)
      media.push(opened)
      section = opened
    }
    section.lines.push(line)
    if (line.kind === 'a') addAttribute(section, readAttribute(line))
  }
  for (const opened of media) opened.mid = attributesNamed(opened, 'mid')[0]?.value ?? null
  return { session, media }
}

function addAttribute({ attributes }: SdpSection, attribute: SdpAttribute): void {
  const same = attributes.get(attribute.name)
  if (same === undefined) attributes.set(attribute.name, [attribute])
  else same.push(attribute)
}

function openMedia({ number, value }: SdpLine, index: number): SdpMediaSection {
  const [kind = '', port = '', protocol = '', ...formats] = value.split(' ')
  return {
    line: number,
    lines: [],
    attributes: new Map(),
    index,
    mid: null,
    kind,
    port: /^\d+(\/\d+)?$/.test(port) ? Number.parseInt(port, 10) : Number.NaN,
    protocol,
    formats: formats.filter((format) => format !== ''),
  }
}

function readAttribute({ number, value }: SdpLine): SdpAttribute {
  const colon = value.indexOf(':')
  if (colon === -1) return { name: value, value: null, line: number }
  return { name: value.slice(0, colon), value: value.slice(colon + 1), line: number }
}

function readBundleGroups(session: SdpSection): SdpBundleGroup[] {
  return attributesNamed(session, 'group')
    .map(({ value, line }) => ({ line, words: (value ?? '').split(' ').filter((word) => word !== '') }))
    .filter(({ words }) => words[0] === 'BUNDLE')
    .map(({ line, words }) => ({ line, mids: words.slice(1) }))
}
