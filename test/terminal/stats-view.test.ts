import { PassThrough } from 'node:stream'
import { Chalk } from 'chalk'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { PeerEvent, PeerEventOf } from '../../src/events.js'
import { openHumanReporter } from '../../src/terminal/human-reporter.js'
import { mediaLines } from '../../src/terminal/media-quality-lines.js'
import { readKeys } from '../../src/terminal/keys.js'
import { printAbovePrompt, showPromptLine } from '../../src/terminal/prompt-line.js'
import { openStatsView } from '../../src/terminal/stats-view.js'
import { sampleEvents, sampleStats } from './sample-events.js'
import { openScreen } from './screen.js'

const TERMINAL: Record<string, string> = { LANG: 'C.UTF-8', TERM: 'xterm' }

const sample = (elapsedMs: number, change: Partial<PeerEventOf<'stats'>> = {}): PeerEventOf<'stats'> => ({
  event: 'stats',
  summary: { ...sampleStats, elapsedMs },
  ...change,
})

function sampleMedia(): PeerEventOf<'media'> {
  const media = sampleEvents.find((event) => event.event === 'media')
  if (!media) throw new Error('there is no sample')
  return media
}

function openView({ columns = 80, env = TERMINAL, mayDraw = true } = {}) {
  const screen = openScreen({ columns, rows: 40 })
  const view = openStatsView({
    stream: screen.stream,
    chalk: new Chalk({ level: 0 }),
    color: true,
    env,
    mayDraw,
    keys: '',
  })
  onTestFinished(() => view[Symbol.dispose]())
  return { screen, view }
}

describe('statistics on a terminal', () => {
  it('are drawn in one place, each time with one write', () => {
    const { screen, view } = openView()
    view.show(sample(1000))
    const { length } = screen.rows()
    for (const second of [2, 3, 4]) expect(view.show(sample(second * 1000))).toEqual([])
    expect(screen.rows()).toHaveLength(length)
    expect(screen.rows()[0]).toBe('stats at 4 s, over 1 s')
    expect(screen.writes).toBe(4)
  })

  it('stay below what is printed meanwhile, and in place at the end', () => {
    const { screen, view } = openView()
    view.show(sample(1000))
    printAbovePrompt(() => screen.stream.write('receives video\n'))
    view.show(sample(2000))
    view.end()
    screen.stream.write('the end\n')
    const rows = screen.rows()
    expect(rows.slice(0, 2)).toEqual(['receives video', 'stats at 2 s, over 1 s'])
    expect(rows.filter((row) => row.startsWith('stats at'))).toHaveLength(1)
    expect(rows.at(-1)).toBe('the end')
  })

  it('have what came of the tracks in the same place, and in full below it at the end', () => {
    const { screen, view } = openView({ columns: 81 })
    const media = sampleMedia()
    view.show(sample(1000))
    const { length } = screen.rows()
    for (const framesReceived of [30, 60]) {
      expect(view.showMedia({ ...media, framesReceived })).toEqual([])
      view.show(sample(framesReceived * 33))
    }
    const arrived = mediaLines({ ...media, framesReceived: 60 })
    expect(arrived.length).toBeGreaterThan(1)
    expect(screen.rows().slice(length)).toEqual(arrived.map(({ text }) => text))
    expect(view.end()).toEqual(arrived)
    expect(view.end()).toEqual([])
  })

  it('have what came of the tracks before the first sample, and print it where nothing is drawn', () => {
    const { screen, view } = openView({ columns: 81 })
    const media = sampleMedia()
    const lines = mediaLines(media)
    expect(view.showMedia(media)).toEqual([])
    view.show(sample(1000))
    expect(screen.rows().slice(-lines.length)).toEqual(lines.map(({ text }) => text))
    expect(openView({ mayDraw: false }).view.showMedia(media)).toEqual(lines)
    view.giveWay()
    expect(view.showMedia(media)).toEqual(lines)
    expect(view.end()).toEqual([])
  })

  it('follow the width of the window', () => {
    const { screen, view } = openView({ columns: 120 })
    view.show(sample(1000))
    screen.resize(60)
    expect(Math.max(...screen.rows().map((row) => row.length))).toBeLessThan(60)
    view.end()
    expect(screen.stream.listenerCount('resize')).toBe(0)
  })

  it('are a table where they were asked for, above a prompt too', () => {
    const { view } = openView()
    const shown = showPromptLine({ clear: () => undefined, restore: () => undefined })
    onTestFinished(() => shown[Symbol.dispose]())
    expect(view.show(sample(1000))).toHaveLength(1)
    expect(view.show(sample(1000, { requested: true }))[0]).toMatchObject({
      text: 'local stats at 1 s, over 1 s',
    })
  })

  it.each([
    ['NO_COLOR', { ...TERMINAL, NO_COLOR: '1' }],
    ['TERM=dumb', { ...TERMINAL, TERM: 'dumb' }],
    ['CI', { ...TERMINAL, CI: 'true' }],
  ])('are plain lines with %s', (_name, env) => {
    const { screen, view } = openView({ env })
    expect(view.show(sample(1000))[0]).toMatchObject({ text: 'local stats at 1 s, over 1 s' })
    expect(screen.writes).toBe(0)
  })

  it('are plain lines beside data, and where raw dictionaries come with them', () => {
    expect(openView({ mayDraw: false }).view.show(sample(1000)).length).toBeGreaterThan(5)
    const { screen, view } = openView()
    expect(view.show(sample(1000, { report: [{ type: 'transport', id: 'T1' }] })).length).toBeGreaterThan(5)
    expect(screen.writes).toBe(0)
  })

  it('are one line above a prompt, and give way to one that comes later', () => {
    const { screen, view } = openView()
    view.show(sample(1000))
    const drawn = screen.rows()
    const prompt = showPromptLine({ clear: () => undefined, restore: () => undefined })
    onTestFinished(() => prompt[Symbol.dispose]())
    expect(view.show(sample(2000))).toEqual([
      { to: 'result', text: 'stats at 2 s: direct, RTT 0.4 ms, out 1.2 Mbit/s, in 850 kbit/s, loss 0.5 %' },
    ])
    expect(screen.rows()).toEqual(drawn)
  })

  it('are one line beside the progress of a transfer, and end with the run', () => {
    const screen = openScreen({ columns: 80, rows: 40 })
    const talk = new PassThrough()
    using reporter = openHumanReporter({
      results: screen.stream,
      talk,
      quiet: false,
      verbose: false,
      color: true,
      env: TERMINAL,
    })
    const events: PeerEvent[] = [
      { event: 'transfer-offer', direction: 'send', files: [], bytes: 0 },
      sample(1000),
      { event: 'exit', code: 0, reason: 'done', durationMs: 1 },
    ]
    for (const event of events) reporter.report(event)
    expect(screen.rows()).toEqual([expect.stringMatching(/^stats at 1 s: direct/)])
  })
})

describe('keys', () => {
  function openTerminal() {
    const modes: boolean[] = []
    return {
      modes,
      input: Object.assign(new PassThrough(), {
        isTTY: true,
        setRawMode: (isRaw: boolean) => modes.push(isRaw),
      }),
    }
  }

  it('arrive one by one, Ctrl-C as what it means, until the terminal is given back', () => {
    const { input, modes } = openTerminal()
    const seen: string[] = []
    const keys = readKeys(input, {
      onKey: (key) => seen.push(key),
      onInterrupt: () => seen.push('interrupt'),
    })
    input.emit('data', Buffer.from('pq\u0003'))
    keys[Symbol.dispose]()
    input.emit('data', Buffer.from('x'))
    expect(seen).toEqual(['p', 'q', 'interrupt'])
    expect(modes).toEqual([true, false])
    expect(input.isPaused()).toBe(true)
  })

  it('are left alone where the input is no terminal', () => {
    const input = new PassThrough()
    readKeys(input, { onKey: () => expect.unreachable(), onInterrupt: () => expect.unreachable() })[
      Symbol.dispose
    ]()
    expect(input.listenerCount('data')).toBe(0)
  })
})
