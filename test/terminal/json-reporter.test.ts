import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { jsonLineSchema } from '../../src/events.js'
import { openReporter } from '../../src/terminal/open-reporter.js'
import { printable } from '../../src/terminal/printable.js'
import { CapturedStream } from './captured-stream.js'
import { HOSTILE, sampleEvents } from './sample-events.js'

const now = () => new Date(Date.UTC(2030, 0, 2, 3, 4, 5, 6))

async function openJson(options: { dataOnStdout?: boolean } = {}) {
  const stdout = new CapturedStream({ isTTY: true })
  const stderr = new CapturedStream({ isTTY: true })
  const reporter = await openReporter({
    json: true,
    quiet: true,
    verbose: false,
    color: true,
    stdout,
    stderr,
    now,
    ...options,
  })
  return { stdout, stderr, reporter }
}

describe('the JSON reporter', () => {
  it('writes one line for every kind of event that the published schema accepts', async () => {
    const { stdout, stderr, reporter } = await openJson()
    for (const event of sampleEvents) reporter.report(event)
    expect(stdout.lines).toHaveLength(sampleEvents.length)
    for (const [index, line] of stdout.lines.entries()) {
      const parsed: unknown = JSON.parse(line)
      expect(v.safeParse(jsonLineSchema, parsed).issues).toBeUndefined()
      expect(parsed).toEqual({ v: 1, ts: '2030-01-02T03:04:05.006Z', ...sampleEvents[index] })
    }
    expect(stderr.text).toBe('')
  })

  it('starts each line with version, time and event', async () => {
    const { stdout, reporter } = await openJson()
    reporter.report({ event: 'exit', code: 0, reason: 'done', durationMs: 1 })
    expect(stdout.text).toBe(
      '{"v":1,"ts":"2030-01-02T03:04:05.006Z","event":"exit","code":0,"reason":"done","durationMs":1}\n',
    )
  })

  it('writes to stderr when the data is on stdout', async () => {
    const { stdout, stderr, reporter } = await openJson({ dataOnStdout: true })
    reporter.report({ event: 'exit', code: 0, reason: 'done', durationMs: 1 })
    expect(stdout.text).toBe('')
    expect(stderr.lines).toHaveLength(1)
  })

  it('writes foreign text well-formed, on one line, and without steering a terminal', async () => {
    const { stdout, reporter } = await openJson()
    reporter.report({ event: 'chat', from: HOSTILE, text: HOSTILE, direction: 'in' })
    expect(stdout.lines).toHaveLength(1)
    const [line = ''] = stdout.lines
    expect(printable(line)).toBe(line)
    expect(JSON.parse(line)).toMatchObject({ text: HOSTILE.replace('\uD800', '\uFFFD') })
  })

  it('stays silent after the reader went away', async () => {
    const { stdout, reporter } = await openJson()
    stdout.destroy()
    reporter.report({ event: 'exit', code: 141, reason: 'closed pipe', durationMs: 1 })
    await reporter.flush()
    expect(stdout.text).toBe('')
  })
})
