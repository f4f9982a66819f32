import type { PeerEventOf } from '../events.js'
import { alignAndWrapLast, wrapLabelled } from './columns.js'
import { formatBytes } from './format.js'
import { plainLines, type OutputLine } from './output-line.js'
import { printable } from './printable.js'

type Capabilities = PeerEventOf<'capabilities'>

const WIDTH = 80

/** What this installation can do, as a table. */
export function capabilitiesLines(event: Capabilities): OutputLine[] {
  return plainLines(
    'result',
    `webrtc-cli ${event.version}, Node ${event.node}, ${event.platform}-${event.arch}`,
    ...libraryLines(event),
    ...codecLines(event),
    ...extensionLines(event),
    ...listLine('video sources  ', event.sources.video),
    ...listLine('audio sources  ', event.sources.audio),
    ...mediaLines(event),
    ...messageLines(event),
    ...systemLines(event),
    ...programLines(event),
  )
}

function libraryLines({ nativeLibrary }: Capabilities): string[] {
  const { name, version, available, reason } = nativeLibrary
  if (available) return [`native library ${name}${version === null ? '' : ` ${printable(version)}`}`]
  return [`native library ${name} is missing: ${printable(reason ?? 'unknown reason')}`]
}

/** One row for each codec, with the directions it goes in. */
function codecLines({ codecs }: Capabilities): string[] {
  const rows = new Map<string, { cells: string[]; directions: string[] }>()
  for (const { direction, kind, name, clockRate, channels, parameters } of codecs) {
    const cells = [
      kind,
      name,
      String(clockRate),
      channels === null ? '-' : String(channels),
      parameterText(parameters),
    ]
    const key = cells.join(' ')
    const row = rows.get(key) ?? { cells: cells.map((cell) => printable(cell)), directions: [] }
    row.directions.push(direction)
    rows.set(key, row)
  }
  if (rows.size === 0) return []
  const header = ['codec', 'name', 'rate', 'channels', 'directions', 'parameters']
  const lines = Array.from(rows.values(), ({ cells, directions }) => [
    ...cells.slice(0, -1),
    directions.join(', '),
    cells.at(-1) ?? '',
  ])
  return alignAndWrapLast([header, ...lines], WIDTH)
}

function extensionLines({ headerExtensions }: Capabilities): string[] {
  return ['audio', 'video'].flatMap((kind) => {
    const names = headerExtensions.filter((extension) => extension.kind === kind).map(({ name }) => name)
    return names.length === 0 ? [] : listLine(`${kind} header extensions  `, names)
  })
}

function mediaLines({ sourceRanges, devices, recorders }: Capabilities): string[] {
  const { width, height, frameRate, sampleRate, channelCount } = sourceRanges
  const size = `${width.min}x${height.min} to ${width.max}x${height.max}`
  const formats = recorders.map(({ format, available, missing }) =>
    available ? format : `${format} (needs ${missing.join(' and ')})`,
  )
  return [
    ...listLine('every source can be  ', [
      `${size} at ${frameRate.min} to ${frameRate.max} fps`,
      `${sampleRate.join(', ')} Hz`,
      `${channelCount.min} to ${channelCount.max} channels`,
    ]),
    ...devices.map(({ kind, source, label, width: across, height: down }) => {
      const facts = [label, across === null || down === null ? null : `${across}x${down}`]
      return printable([`${kind}  ${source}`, ...facts.filter((fact) => fact !== null)].join('  '))
    }),
    ...listLine('records  ', formats),
  ]
}

function messageLines({ dataChannel }: Capabilities): string[] {
  const { maxMessageSize } = dataChannel
  return maxMessageSize === null ? [] : [`data channel messages  up to ${maxMessageSize} bytes`]
}

function systemLines({ system }: Capabilities): string[] {
  const { receiveBufferDefault, receiveBufferMax, openFiles, openFilesMax } = system
  const more = (openFilesMax ?? 0) > (openFiles ?? 0) ? `, can be raised to ${openFilesMax}` : ''
  const files = openFiles === null ? [] : [`open files  ${openFiles}${more}`]
  if (receiveBufferMax === null) return files
  const buffers = `receive buffer  ${formatBytes(receiveBufferDefault)}, at most ${formatBytes(receiveBufferMax)}`
  const advice = [
    '  Of a UDP socket. Data has the first (sysctl net.core.rmem_default), video up',
    '  to the second (rmem_max): a larger one loses fewer packets in bursts.',
  ]
  return [buffers, ...advice, ...files]
}

function programLines({ programs }: Capabilities): string[] {
  return programs.flatMap(({ name, path, version, usedFor }) => {
    const found = path === null ? 'missing' : `${version ?? 'unknown version'} at ${path}`
    return [printable(`${name}  ${found}`), `  For ${usedFor}.`]
  })
}

function listLine(label: string, names: readonly string[]): string[] {
  return wrapLabelled(label, printable(names.join(', ')), WIDTH)
}

function parameterText(parameters: Record<string, string>): string {
  return Object.entries(parameters)
    .map((keyAndValue) => keyAndValue.filter((part) => part !== '').join('='))
    .join(', ')
}
