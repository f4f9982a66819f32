import { expect, it } from 'vitest'
import type { PeerEventOf } from '../../src/events.js'
import { capabilitiesLines } from '../../src/terminal/capabilities-lines.js'

const EVENT: PeerEventOf<'capabilities'> = {
  event: 'capabilities',
  version: '1.2.3',
  node: 'v20.20.2',
  platform: 'linux',
  arch: 'x64',
  nativeLibrary: { name: '@roamhq/wrtc', version: '0.10.0', available: true, reason: null },
  codecs: [],
  headerExtensions: [],
  sources: { video: ['bars', 'FILE'], audio: ['tone[:HZ]'] },
  sourceRanges: {
    width: { min: 16, max: 4096 },
    height: { min: 16, max: 4096 },
    frameRate: { min: 1, max: 60 },
    sampleRate: [48_000, 44_100, 32_000, 16_000, 8_000],
    channelCount: { min: 1, max: 2 },
  },
  devices: [],
  recorders: [],
  dataChannel: { maxMessageSize: 262_144 },
  system: { receiveBufferDefault: 212_992, receiveBufferMax: 4_194_304, openFiles: 1024, openFilesMax: 1024 },
  programs: [],
}

const linesOf = (event: PeerEventOf<'capabilities'>) => capabilitiesLines(event).map(({ text }) => text)

it('says what there is in lines of at most 80 cells', () => {
  expect(linesOf(EVENT).filter((line) => line.length > 80)).toEqual([])
  expect(linesOf(EVENT).join('\n')).toContain('every source can be  16x16 to 4096x4096 at 1 to 60 fps, 48000')
})

it('speaks of more open files only where there can be more', () => {
  expect(linesOf(EVENT)).toContain('open files  1024')
  const raised = { ...EVENT, system: { ...EVENT.system, openFilesMax: 4096 } }
  expect(linesOf(raised)).toContain('open files  1024, can be raised to 4096')
})

it.each([
  [{ 'profile-id': '2' }, 'profile-id=2'],
  [{ '': '111/111' }, '111/111'],
  [{ 'level-asymmetry-allowed': '' }, 'level-asymmetry-allowed'],
])('shows the parameters %j as %s', (parameters, shown) => {
  const codec = {
    direction: 'send' as const,
    kind: 'audio' as const,
    name: 'red',
    clockRate: 48_000,
    channels: 2,
    parameters,
  }
  const line = linesOf({ ...EVENT, codecs: [codec] }).find((text) => text.includes('red'))
  expect(line?.split('  ').at(-1)).toBe(shown)
})

it('shows all parameters of a codec, over as many lines as they take', () => {
  const codec = {
    direction: 'send' as const,
    kind: 'video' as const,
    name: 'H264',
    clockRate: 90_000,
    channels: null,
    parameters: {
      'level-asymmetry-allowed': '1',
      'packetization-mode': '1',
      'profile-level-id': '42e01f',
    },
  }
  const lines = linesOf({ ...EVENT, codecs: [codec] })
  const beside = { ...codec, name: 'a-name-that-takes-the-room', parameters: {} }
  expect(linesOf({ ...EVENT, codecs: [codec, beside] }).join('\n')).toContain(
    '  level-asymmetry-allowed=1,\n',
  )
  const start = lines.findIndex((line) => line.includes('H264'))
  expect(lines.slice(start - 1, start + 3)).toEqual([
    'codec  name  rate   channels  directions  parameters',
    'video  H264  90000  -         send        level-asymmetry-allowed=1,',
    '                                          packetization-mode=1,',
    '                                          profile-level-id=42e01f',
  ])
})
