import { PeerError } from '../errors.js'

/** Longest name of one path component on the usual file systems, in UTF-8 bytes. */
const MAX_NAME_BYTES = 255

/** Names Windows keeps for devices, with or without an extension; the superscript digits count as digits there. */
const DEVICE_NAME = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)/i

/** Control, format (bidi, zero-width), line and paragraph separators, private use, surrogates. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/u

const RULES: readonly (readonly [what: string, breaks: (name: string) => boolean])[] = [
  ['is empty, or an absolute path', (name) => name === ''],
  ['is a directory reference', (name) => name === '.' || name === '..'],
  ['has a backslash', (name) => name.includes('\\')],
  ['has control or invisible characters', (name) => INVISIBLE.test(name)],
  ['has a colon, which names a drive or a stream on Windows', (name) => name.includes(':')],
  ['begins with a dash', (name) => name.startsWith('-')],
  ['begins or ends with a blank or ends with a dot', (name) => /^\s|[\s.]$/u.test(name)],
  ['is a device name', (name) => DEVICE_NAME.test(name)],
  [
    `is longer than ${MAX_NAME_BYTES} bytes`,
    (name) => new TextEncoder().encode(name).byteLength > MAX_NAME_BYTES,
  ],
]

/** Longest path in UTF-8 bytes (PATH_MAX), and deepest: beyond that file systems and people give up. */
const MAX_PATH_BYTES = 4096
const MAX_DEPTH = 64

export interface SafePathOptions {
  /** A hidden file can change what a shell or a program does (`.ssh/authorized_keys`), so it has to be allowed. */
  allowHidden?: boolean
}

/** The path a peer offered, normalised (NFC), if every component is safe; UNSAFE_PATH otherwise. */
export function safePath(offered: string, { allowHidden = false }: SafePathOptions = {}): string {
  const path = offered.normalize('NFC')
  const names = path.split('/')
  if (names.length > MAX_DEPTH) throw unsafe(offered, `is deeper than ${MAX_DEPTH}`)
  if (new TextEncoder().encode(path).byteLength > MAX_PATH_BYTES) {
    throw unsafe(offered, `is longer than ${MAX_PATH_BYTES} bytes`)
  }
  for (const name of names) {
    const broken = RULES.find(([, breaks]) => breaks(name))
    if (broken) throw unsafe(offered, names.length > 1 ? `has a component that ${broken[0]}` : broken[0])
    if (name.startsWith('.') && !allowHidden) throw hidden(offered)
  }
  return path
}

function hidden(offered: string): PeerError {
  return new PeerError('UNSAFE_PATH', `The peer offered a hidden file: ${JSON.stringify(offered)}.`, {
    hint: 'Nothing was written. Add --allow-hidden to take files whose name begins with a dot.',
  })
}

function unsafe(offered: string, what: string): PeerError {
  const shown = JSON.stringify(offered.length > 200 ? `${offered.slice(0, 200)}…` : offered)
  return new PeerError('UNSAFE_PATH', `The peer offered a name that ${what}: ${shown}.`, {
    hint: 'Nothing was written. Ask the other side to rename it.',
  })
}
