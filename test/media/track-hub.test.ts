import { describe, expect, it } from 'vitest'
import { createTrackHub, type TrackConsumer, type TrackTap } from '../../src/media/track-hub.js'
import type { FrameFilter } from '../../src/media/filter/frame-filter.js'
import type { AudioBlock, VideoFrame } from '../../src/media/ports.js'
import type { RemoteTrack } from '../../src/session/ports.js'

/** The hub only hands the track on, so an object of that shape is enough. */
function createTrack(kind: 'audio' | 'video', id: string): RemoteTrack {
  return { kind, id, track: Object.create(null) }
}

const frame: VideoFrame = { width: 2, height: 2, data: new Uint8Array([1, 2, 3, 4, 128, 128]) }
const block: AudioBlock = { samples: new Int16Array(480), sampleRate: 48_000, channelCount: 1 }

function openHub(filterOf?: (track: RemoteTrack) => FrameFilter | undefined) {
  const sinks = new Map<string, Required<Pick<TrackConsumer, 'onFrame' | 'onBlock'>>>()
  const log: string[] = []
  const hub = createTrackHub({
    openSink: ({ id }, calls) => {
      log.push(`open ${id}`)
      sinks.set(id, calls)
      return { [Symbol.asyncDispose]: async () => void log.push(`close ${id}`) }
    },
    ...(filterOf ? { filterOf } : {}),
  })
  const tapNamed =
    (name: string): TrackTap =>
    ({ id }) => ({
      onFrame: ({ data }, arrivalMs) => void log.push(`${name} ${id} ${data[0]} at ${arrivalMs}`),
      onBlock: (_block, arrivalMs) => void log.push(`${name} ${id} sound at ${arrivalMs}`),
      [Symbol.asyncDispose]: async () => void log.push(`${name} ${id} ended`),
    })
  return { hub, sinks, log, tapNamed }
}

describe('createTrackHub', () => {
  it('opens one sink for a track and gives its frames to every tap', async () => {
    const { hub, sinks, log, tapNamed } = openHub()
    hub.addTap(tapNamed('one'))
    hub.addTap(tapNamed('two'))
    await hub.addTrack(createTrack('video', 'v'))
    sinks.get('v')?.onFrame(frame, 5)
    await hub.addTrack(createTrack('audio', 'a'))
    sinks.get('a')?.onBlock(block, 7)
    expect(log).toEqual([
      'open v',
      'one v 1 at 5',
      'two v 1 at 5',
      'open a',
      'one a sound at 7',
      'two a sound at 7',
    ])
  })

  it('connects a tap that comes later to the tracks there are, until it is taken out', async () => {
    const { hub, sinks, log, tapNamed } = openHub()
    await hub.addTrack(createTrack('video', 'v'))
    sinks.get('v')?.onFrame(frame, 1)
    const late = hub.addTap(tapNamed('late'))
    sinks.get('v')?.onFrame(frame, 2)
    await late[Symbol.asyncDispose]()
    sinks.get('v')?.onFrame(frame, 3)
    await hub.addTrack(createTrack('video', 'w'))
    sinks.get('w')?.onFrame(frame, 4)
    expect(log).toEqual(['open v', 'late v 1 at 2', 'late v ended', 'open w'])
  })

  it('filters once for all taps after the filter and shows the others what was received', async () => {
    let calls = 0
    const { hub, sinks, log, tapNamed } = openHub(() => ({ width, height }) => {
      calls++
      return { width, height, data: new Uint8Array([9, 9, 9, 9, 128, 128]) }
    })
    hub.addTap(tapNamed('recorder'), { stage: 'filtered' })
    hub.addTap(tapNamed('meter'))
    hub.addTap(tapNamed('view'), { stage: 'filtered' })
    await hub.addTrack(createTrack('video', 'v'))
    sinks.get('v')?.onFrame(frame, 1)
    expect(log).toEqual(['open v', 'recorder v 9 at 1', 'meter v 1 at 1', 'view v 9 at 1'])
    expect(calls).toBe(1)
  })

  it('closes the sink before it tells the taps, for a track that comes again and at its own end', async () => {
    const { hub, log, tapNamed } = openHub()
    hub.addTap(tapNamed('one'))
    hub.addTap(() => undefined)
    await hub.addTrack(createTrack('video', 'v'))
    await hub.addTrack(createTrack('video', 'v'))
    await hub[Symbol.asyncDispose]()
    await hub.addTrack(createTrack('video', 'w'))
    expect(log).toEqual(['open v', 'close v', 'one v ended', 'open v', 'close v', 'one v ended'])
  })
})
