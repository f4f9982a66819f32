import { describe, expect, it } from 'vitest'
import { abortable } from '../../../src/async/abortable.js'
import { deferred } from '../../../src/async/deferred.js'
import { PeerError } from '../../../src/errors.js'
import type { PeerEvent } from '../../../src/events.js'
import { i420Bytes } from '../../../src/media/ports.js'
import { createRecorder, type RecorderOptions } from '../../../src/media/recording/recorder.js'
import type { RemoteTrack } from '../../../src/session/ports.js'
import { createMemoryFiles } from './memory-writer.js'

function createTrack(kind: 'audio' | 'video', id: string): RemoteTrack {
  return { kind, id, track: Object.create(null) }
}

/** A call on a clock of its own: what `pass` brings arrives in its 10 ms, then the recorder has its turn. */
function openCall(options: Partial<RecorderOptions> = {}, memory = createMemoryFiles()) {
  const events: PeerEvent[] = []
  const ending = new AbortController()
  let nowMs = 5_000
  let wake: { atMs: number; resolve: () => void } | undefined
  const recorder = createRecorder({
    path: 'call.webm',
    kinds: ['video', 'audio'],
    openWriter: memory.open,
    onEvent: (event) => events.push(event),
    clock: {
      now: () => nowMs,
      delay: (delayMs, { signal } = {}) => {
        const { promise, resolve } = deferred()
        wake = { atMs: nowMs + delayMs, resolve }
        return abortable(promise, signal)
      },
    },
    ...options,
  })
  const running = recorder.run(ending.signal)
  const consumers = new Map<string, ReturnType<typeof recorder.tap>>()
  const settle = async () => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  }
  return {
    recorder,
    events,
    files: memory.files,
    add: (kind: 'audio' | 'video', id: string = kind) =>
      consumers.set(id, recorder.tap(createTrack(kind, id))),
    frame(id = 'video', { width = 4, height = 2, first = 100 } = {}) {
      const data = new Uint8Array(i420Bytes(width, height)).fill(first)
      consumers.get(id)?.onFrame?.({ width, height, data }, nowMs)
    },
    sound(id = 'audio', { level = 1000, sampleRate = 48_000 } = {}) {
      const samples = new Int16Array(sampleRate / 100).fill(level)
      consumers.get(id)?.onBlock?.({ samples, sampleRate, channelCount: 1 }, nowMs)
    },
    async pass(durationMs: number, each: (elapsedMs: number) => void = () => undefined) {
      for (let elapsedMs = 0; elapsedMs < durationMs; elapsedMs += 10) {
        nowMs += 10
        each(elapsedMs)
        if (wake && wake.atMs <= nowMs) {
          wake.resolve()
          wake = undefined
        }
        await settle()
      }
    },
    /** Time that passes while the process is busy: nothing arrives, no timer fires. */
    stall: (durationMs: number) => void (nowMs += durationMs),
    async end(reason: Error = new Error('over')) {
      ending.abort(reason)
      await running
    },
    states: () => events.flatMap((event) => (event.event === 'recording' ? [event.state] : [])),
    warnings: () => events.flatMap((event) => (event.event === 'warning' ? [event.code] : [])),
  }
}

describe('createRecorder', () => {
  it('records both tracks from the start to the end of the call, in step', async () => {
    const call = openCall()
    call.add('video')
    call.add('audio')
    await call.pass(2000, (elapsedMs) => {
      if (elapsedMs >= 100) call.sound()
      if (elapsedMs >= 200 && elapsedMs % 40 === 0) call.frame()
    })
    await call.end()
    const [file] = call.files
    expect(file?.tracks).toEqual({
      video: { width: 4, height: 2, frameRate: 25 },
      audio: { sampleRate: 48_000, channelCount: 1 },
    })
    expect(file?.pictures.length).toBe(45)
    expect(file?.pictures[0]?.timeMs).toBe(0)
    expect(file?.pictures[1]?.timeMs).toBe(250)
    expect(file?.soundMs).toBeCloseTo(2000, 0)
    expect(file?.loudMs).toBeCloseTo(1900, 0)
    expect(file?.holes).toEqual([])
    expect(file?.endMs).toBe(2000)
    expect(call.states()).toEqual(['recording', 'finished'])
    // People read 0 as a beginning, anything else as going on after a pause.
    expect(call.events.find(({ event }) => event === 'recording')).toMatchObject({ durationMs: 0 })
    expect(call.events.at(-1)).toMatchObject({
      path: 'call-0',
      durationMs: 2000,
      frames: 45,
      framesDropped: 0,
    })
  })

  it.each([
    ['video' as const, 'audio' as const],
    ['audio' as const, 'video' as const],
  ])('records the %s alone where the %s never comes, announced or not', async (kind, other) => {
    for (const announced of [true, false]) {
      const call = openCall()
      call.add(kind)
      if (announced) call.add(other)
      await call.pass(3000, () => (kind === 'video' ? call.frame() : call.sound()))
      await call.end()
      expect(Object.keys(call.files[0]?.tracks ?? {})).toEqual([kind])
      expect(call.files[0]?.endMs).toBe(3000)
    }
  })

  it('fails a recording to which nothing came, and records a call that is over at once', async () => {
    const silent = openCall()
    await silent.pass(1000)
    await silent.end()
    expect(silent.recorder.failure?.code).toBe('CHECK_FAILED')
    const short = openCall()
    short.add('video')
    await short.pass(100, () => short.frame())
    await short.end()
    expect(short.recorder.failure).toBeUndefined()
    expect(short.files[0]?.pictures.length).toBe(10)
  })

  it('fills what is missing with silence and the picture that stands', async () => {
    const call = openCall()
    call.add('video')
    call.add('audio')
    const both = (elapsedMs: number) => {
      call.sound()
      if (elapsedMs % 40 === 0) call.frame()
    }
    await call.pass(1000, both)
    await call.pass(4000)
    await call.pass(1000, both)
    await call.end()
    const [file] = call.files
    expect(file?.soundMs).toBeCloseTo(6000, 0)
    expect(file?.loudMs).toBeGreaterThan(1900)
    const gaps = file?.pictures.map(({ timeMs }, index, all) => timeMs - (all[index - 1]?.timeMs ?? 0)) ?? []
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1_210)
  })

  it('takes what a busy process delivers late as it is, and what comes too late as a gap', async () => {
    const call = openCall()
    call.add('audio')
    await call.pass(1000, () => call.sound())
    call.stall(300)
    for (let block = 0; block < 30; block++) call.sound()
    await call.pass(2000, () => call.sound())
    await call.end()
    expect(call.files[0]?.soundMs).toBeCloseTo(3300, 0)
    expect(call.files[0]?.loudMs).toBeGreaterThan(3270)

    const lossy = openCall()
    lossy.add('audio')
    await lossy.pass(1000, () => lossy.sound())
    lossy.stall(300)
    await lossy.pass(2000, () => lossy.sound())
    await lossy.end()
    expect(lossy.files[0]?.soundMs).toBeCloseTo(3300, 0)
    expect(lossy.files[0]?.loudMs).toBeLessThan(3020)
  })

  it('leaves out what comes while it pauses, and goes on without a gap', async () => {
    const call = openCall()
    call.add('video')
    call.add('audio')
    const both = (elapsedMs: number) => {
      call.sound()
      if (elapsedMs % 40 === 0) call.frame()
    }
    await call.pass(1000, both)
    call.recorder.pause()
    call.recorder.pause()
    await call.pass(3000, both)
    call.recorder.resume()
    await call.pass(1000, both)
    await call.end()
    const [file] = call.files
    expect(file?.endMs).toBe(2000)
    expect(file?.soundMs).toBeCloseTo(2000, 0)
    expect(file?.pictures.length).toBe(50)
    expect(call.states()).toEqual(['recording', 'paused', 'recording', 'finished'])
  })

  it('scales what changes its size to the size that the file has', async () => {
    const call = openCall()
    call.add('video')
    await call.pass(1000, () => call.frame('video', { width: 8, height: 4 }))
    await call.pass(1000, () => call.frame('video', { width: 4, height: 4 }))
    await call.end()
    const { tracks, pictures } = call.files[0] ?? { pictures: [] }
    expect(tracks?.video).toMatchObject({ width: 8, height: 4 })
    expect(new Set(pictures.map(({ bytes }) => bytes))).toEqual(new Set([i420Bytes(8, 4)]))
    // Black bars left and right of a picture that is narrower.
    expect([pictures[0]?.first, pictures.at(-1)?.first]).toEqual([100, 16])
  })

  it('begins a new file for each segment, in the size of then and with what came late', async () => {
    const call = openCall({ segmentMs: 1000 })
    call.add('video')
    await call.pass(1500, () => call.frame())
    call.add('audio')
    await call.pass(1600, () => {
      call.sound()
      call.frame('video', { width: 8, height: 8 })
    })
    await call.end()
    expect(call.files.map(({ endMs }) => endMs)).toEqual([1000, 1000, 1000, 100])
    expect(call.files.map(({ tracks }) => tracks.video?.height)).toEqual([2, 2, 8, 8])
    expect(call.files.map(({ tracks }) => tracks.audio !== undefined)).toEqual([false, false, true, true])
    expect(call.files[2]?.pictures[0]?.timeMs).toBe(0)
    expect(call.warnings()).toEqual(['RECORDING_LATE_TRACK'])
    expect(call.states().filter((state) => state === 'finished')).toHaveLength(4)
  })

  it('begins the next segment on time, also with what came before it was known what the file would hold', async () => {
    const call = openCall({ segmentMs: 1000 })
    call.add('video')
    call.add('audio')
    await call.pass(700)
    await call.pass(1600, () => {
      call.sound()
      call.frame()
    })
    await call.end()
    expect(call.files.map(({ endMs }) => endMs)).toEqual([1000, 1000, 300])
    const lastPictures = call.files.map(({ pictures }) => pictures.at(-1)?.timeMs)
    // The last one came as the call ended.
    expect(lastPictures).toEqual([990, 990, 300])
    for (const { soundMs, endMs = 0 } of call.files) expect(Math.abs(soundMs - endMs)).toBeLessThanOrEqual(10)
  })

  it('begins no file once the call is over, whatever arrives until those there are complete', async () => {
    const gate = deferred()
    const call = openCall({ segmentMs: 1000 }, createMemoryFiles({ gate: gate.promise }))
    call.add('audio')
    await call.pass(1500, () => call.sound())
    const ended = call.end()
    const files = call.files.length
    await call.pass(3000, () => call.sound())
    gate.resolve()
    await ended
    // It hears of the end in its next turn, 10 ms on.
    expect(call.files.map(({ endMs }) => endMs)).toEqual([1000, 510])
    expect(call.files).toHaveLength(files)
  })

  it('counts a picture that is left out in a hurry once, and not those that only stood for longer', async () => {
    const gate = deferred()
    const call = openCall({}, createMemoryFiles({ gate: gate.promise }))
    call.add('video')
    call.add('audio')
    await call.pass(1000, () => {
      call.sound()
      call.frame()
    })
    // The last picture stands, and is written again and again.
    await call.pass(5000, () => call.sound())
    const ended = call.end(new PeerError('INTERRUPTED', 'Ctrl-C'))
    await call.pass(10)
    gate.resolve()
    await ended
    const { pictures = [] } = call.files[0] ?? {}
    const finished = call.events.findLast((event) => event.event === 'recording')
    if (finished?.event !== 'recording') throw new Error('nothing was finished')
    expect(finished.frames + finished.framesDropped).toBe(100)
    expect(finished.frames).toBeGreaterThanOrEqual(0)
    expect(finished.frames).toBeLessThanOrEqual(pictures.length)
  })

  it('takes another track of a kind once the first carries nothing', async () => {
    const call = openCall()
    call.add('video', 'camera')
    call.add('video', 'screen')
    await call.pass(1000, () => {
      call.frame('camera', { first: 1 })
      call.frame('screen', { first: 2 })
    })
    await call.pass(2000, () => call.frame('screen', { first: 2 }))
    await call.end()
    const firsts = call.files[0]?.pictures.map(({ first }) => first) ?? []
    expect(firsts.slice(0, 100)).toEqual(Array.from({ length: 100 }, () => 1))
    expect(firsts.at(-1)).toBe(2)
  })

  it('drops and counts pictures while the writer is too slow, and keeps the sound', async () => {
    const gate = deferred()
    const call = openCall({}, createMemoryFiles({ gate: gate.promise }))
    call.add('video')
    call.add('audio')
    const large = { width: 2000, height: 2000 }
    await call.pass(1000, (elapsedMs) => {
      call.sound()
      if (elapsedMs % 40 === 0) call.frame('video', large)
    })
    gate.resolve()
    await call.end()
    const [file] = call.files
    const event = call.events.findLast((one) => one.event === 'recording')
    expect(event).toMatchObject({ state: 'finished', frames: 16, framesDropped: 9 })
    expect(file?.pictures.length).toBeLessThanOrEqual(17)
    expect(file?.soundMs).toBeCloseTo(1000, 0)
    expect(call.warnings()).toEqual(['RECORDING_TOO_SLOW'])
  })

  it('ends with the reason where the file cannot be written, and lets the call go on', async () => {
    const call = openCall({}, createMemoryFiles({ failAfter: 3 }))
    call.add('video')
    await call.pass(2000, () => call.frame())
    await call.end()
    expect(call.recorder.failure?.message).toContain('the disk is full')
    expect(call.states()).toEqual(['recording', 'failed'])
    expect(call.warnings()).toEqual(['INTERNAL'])
  })
})
