import type { PeerEventOf } from '../events.js'
import { formatBytes, formatCount, formatDuration, formatRate } from './format.js'
import { plainLines, type OutputLine } from './output-line.js'
import { printable } from './printable.js'

/** A few chunks that were tried are not worth a word. */
const NOTEWORTHY_RATIO = 0.95

/** What is offered: to the sender the sum, to the receiver, who has to decide, every name. */
export function transferOfferLines({
  direction,
  files,
  bytes,
  asks,
}: PeerEventOf<'transfer-offer'>): OutputLine[] {
  const sum =
    bytes === null
      ? 'a stream of unknown length'
      : `${formatCount(files.length, 'file')}, ${formatBytes(bytes)}`
  if (direction === 'send') return plainLines('talk', `offers ${sum}`)
  const names = files.map((file) =>
    `  ${printable(file.name)}  ${file.bytes === null ? '' : formatBytes(file.bytes)}`.trimEnd(),
  )
  const question = asks ? ['/accept takes that, /decline does not'] : []
  return plainLines('talk', `peer offers ${sum}`, ...names, ...question)
}

/** That the transfer may start, and what of it is there already. */
export function transferAcceptedLines(event: PeerEventOf<'transfer-accepted'>): OutputLine[] {
  const { direction, resumedBytes, associations } = event
  return [
    ...plainLines('talk', direction === 'send' ? 'peer accepts' : 'accepted'),
    ...(resumedBytes > 0 ? plainLines('talk', `resumes at ${formatBytes(resumedBytes)}`) : []),
    ...plainLines('detail', `uses ${formatCount(associations, 'association')}`),
  ]
}

/** A text as it can be shown on a terminal, as it is to anything else; the last line feed is the line's own. */
export function textLines({ text }: PeerEventOf<'text'>, isTerminal: boolean): OutputLine[] {
  const lines = text.replace(/\n$/, '')
  return plainLines('result', isTerminal ? printable(lines, { multiline: true }) : lines)
}

/** Each file's hash and name as sha256sum prints them, and the transfer in the last line, which stays in sight. */
export function transferCompleteLines(event: PeerEventOf<'transfer-complete'>): OutputLine[] {
  const { direction, files, bytes, bytesTransferred, resumedBytes, bytesPerSecond, durationMs } = event
  const { carriedBytes = bytesTransferred } = event
  const done = direction === 'send' ? 'sent' : 'received'
  const [only] = files
  const what =
    files.length === 1 && only !== undefined ? printable(only.name) : formatCount(files.length, 'file')
  const resumed = resumedBytes > 0 ? `, ${formatBytes(resumedBytes)} of it resumed` : ''
  const isSmaller = carriedBytes < bytesTransferred * NOTEWORTHY_RATIO
  const compressed = isSmaller ? `, compressed to ${formatBytes(carriedBytes)}` : ''
  const sum = `${done} ${what}, ${formatBytes(bytes)} in ${formatDuration(durationMs)}, ${formatRate(bytesPerSecond)}${resumed}${compressed}`
  const hashes = files.map((file) => `${file.sha256}  ${printable(file.path ?? file.name)}`)
  return plainLines('result', ...hashes, sum)
}

/** How far a transfer came that failed; why, and what to try, is in the line that follows. */
export function transferFailedLines(
  event: PeerEventOf<'transfer-failed'>,
  { resumedBytes }: { resumedBytes: number },
): OutputLine[] {
  const { direction, bytes, bytesTransferred } = event
  if (bytesTransferred === 0) return []
  const beside =
    resumedBytes === 0 ? '' : `, ${formatBytes(bytesTransferred + resumedBytes)} with what was there,`
  const of = bytes === null ? '' : ` of ${formatBytes(bytes)}`
  return plainLines(
    'talk',
    `${direction === 'send' ? 'sent' : 'received'} ${formatBytes(bytesTransferred)}${beside}${of}`,
  )
}
