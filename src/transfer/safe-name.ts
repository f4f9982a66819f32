import { PeerError } from '../errors.js'

/** Longest name of one path component on the usual file systems, in UTF-8 bytes. */
const MAX_NAME_BYTES = 255

/** Names Windows keeps for devices, with or without an extension; the superscript digits count as digits there. */
const DEVICE_NAME = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)/i

/** Control, format (bidi, zero-width), line and paragraph separators, private use, surrogates. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/u

const RULES: readonly (readonly [what: string, breaks: (name: string) => boolean])[] = [
  ['is empty', (name) => name === ''],
  ['is a directory reference', (name) => name === '.' || name === '..'],
  ['has a path separator', (name) => /[/\\]/.test(name)],
  ['has control or invisible characters', (name) => INVISIBLE.test(name)],
  ['has a colon, which names a drive or a stream on Windows', (name) => name.includes(':')],
  ['is hidden (it begins with a dot)', (name) => name.startsWith('.')],
  ['begins with a dash', (name) => name.startsWith('-')],
  ['begins or ends with a blank or ends with a dot', (name) => /^\s|[\s.]$/u.test(name)],
  ['is a device name', (name) => DEVICE_NAME.test(name)],
  [
    `is longer than ${MAX_NAME_BYTES} bytes`,
    (name) => new TextEncoder().encode(name).byteLength > MAX_NAME_BYTES,
  ],
]

/** The name a peer offered, normalised (NFC), if it is safe as one path component; UNSAFE_PATH otherwise. */
export function safeName(offered: string): string {
  const name = offered.normalize('NFC')
  const broken = RULES.find(([, breaks]) => breaks(name))
  if (!broken) return name
  throw new PeerError(
    'UNSAFE_PATH',
    `The peer offered a file whose name ${broken[0]}: ${JSON.stringify(offered)}.`,
    {
      hint: 'Nothing was written. Ask the other side to rename the file.',
    },
  )
}
