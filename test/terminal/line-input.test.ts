import { PassThrough } from 'node:stream'
import { describe, expect, it, vi } from 'vitest'
import { askYesNo } from '../../src/terminal/ask.js'
import { MAX_LINE_BYTES, readLines } from '../../src/terminal/line-input.js'
import { printAbovePrompt } from '../../src/terminal/prompt-line.js'
import { CapturedStream } from './captured-stream.js'

/** A stream that passes for the terminal's input. */
function openTerminalInput() {
  return Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined })
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const line of lines) all.push(line)
  return all
}

describe('lines from a pipe', () => {
  it('reads lines whatever their ends and the last one without an end', async () => {
    const input = new PassThrough()
    input.end('one\ntwo\r\n\nfour')
    expect(await collect(readLines(input))).toEqual(['one', 'two', '', 'four'])
  })

  it('joins characters that were cut between chunks', async () => {
    const input = new PassThrough()
    const bytes = Buffer.from('grüße 👍\n')
    for (const byte of bytes) input.write(Buffer.from([byte]))
    input.end()
    expect(await collect(readLines(input))).toEqual(['grüße 👍'])
  })

  it('passes a longer line on in pieces cut between characters', async () => {
    const input = new PassThrough()
    const long = '👍'.repeat(MAX_LINE_BYTES / 2)
    input.end(`a${long}\nshort\n`)
    const lines = await collect(readLines(input))
    expect(lines.at(-1)).toBe('short')
    expect(lines.slice(0, -1).join('')).toBe(`a${long}`)
    for (const line of lines) {
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(MAX_LINE_BYTES)
      expect(line).not.toMatch(/\p{Surrogate}/u)
    }
  })

  it('delivers a line of exactly the limit in one piece', async () => {
    const input = new PassThrough()
    input.end(`${'x'.repeat(MAX_LINE_BYTES)}\n`)
    expect((await collect(readLines(input))).map((line) => line.length)).toEqual([MAX_LINE_BYTES])
  })

  it('stops reading ahead of a slow consumer and loses nothing', async () => {
    const input = new PassThrough()
    const count = 5000
    input.end(Array.from({ length: count }, (_line, index) => `${index}\n`).join(''))
    const lines = await collect(readLines(input))
    expect(lines).toHaveLength(count)
    expect(lines.at(-1)).toBe(String(count - 1))
  })

  it('throws the reason on abort and leaves no listener behind', async () => {
    const input = new PassThrough()
    const controller = new AbortController()
    const names = ['data', 'end', 'close', 'error'] as const
    const before = names.map((name) => input.listenerCount(name))
    const reading = collect(readLines(input, { signal: controller.signal }))
    input.write('first\n')
    controller.abort(new Error('interrupted'))
    await expect(reading).rejects.toThrow('interrupted')
    expect(names.map((name) => input.listenerCount(name))).toEqual(before)
    expect(input.isPaused()).toBe(true)
  })

  it('leaves no listener behind when the consumer stops', async () => {
    const input = new PassThrough()
    input.write('first\nsecond\n')
    for await (const line of readLines(input)) {
      expect(line).toBe('first')
      break
    }
    expect(input.listenerCount('data')).toBe(0)
  })

  it('ends at once when the input is over already', async () => {
    const input = new PassThrough()
    input.destroy()
    expect(await collect(readLines(input))).toEqual([])
  })

  it('fails as the input fails', async () => {
    const input = new PassThrough()
    const reading = collect(readLines(input))
    input.destroy(new Error('read EIO'))
    await expect(reading).rejects.toThrow('read EIO')
  })
})

describe('lines from a terminal', () => {
  it('shows the prompt and ends on Ctrl-D', async () => {
    const input = openTerminalInput()
    const output = new CapturedStream({ isTTY: true })
    const reading = collect(readLines(input, { prompt: '> ', output }))
    input.write('hello\r')
    input.write('\u0004')
    expect(await reading).toEqual(['hello'])
    expect(output.text).toContain('> \u001b[3Ghello\r\n')
  })

  it('turns Ctrl-C into an interrupt', async () => {
    const input = openTerminalInput()
    const output = new CapturedStream({ isTTY: true })
    const controller = new AbortController()
    const onInterrupt = () => controller.abort(new Error('interrupted'))
    const reading = collect(
      readLines(input, { prompt: '> ', output, onInterrupt, signal: controller.signal }),
    )
    input.write('half a li\u0003')
    await expect(reading).rejects.toThrow('interrupted')
    expect(input.listenerCount('keypress')).toBe(0)
  })

  it('prints above the line being typed and puts it back', async () => {
    const input = openTerminalInput()
    const output = new CapturedStream({ isTTY: true })
    const reading = collect(readLines(input, { prompt: '> ', output }))
    for (const key of 'hell') input.write(key)
    await vi.waitFor(() => expect(output.text).toContain('hell'))
    output.text = ''
    printAbovePrompt(() => output.write('alice: hi\n'))
    expect(output.text).toBe('\u001b[1G\u001b[0Jalice: hi\n\u001b[1G\u001b[0J> hell\u001b[7G')
    input.write('o\r')
    input.end()
    expect(await reading).toEqual(['hello'])
    output.text = ''
    printAbovePrompt(() => output.write('later\n'))
    expect(output.text).toBe('later\n')
  })

  it.each(['typed', 'pasted'])('clears and restores a line of several rows that was %s', async (how) => {
    const input = openTerminalInput()
    const output = new CapturedStream({ isTTY: true })
    const reading = collect(readLines(input, { prompt: '> ', output }))
    const typed = 'x'.repeat(100)
    if (how === 'typed') for (const key of typed) input.write(key)
    else input.write(typed)
    await vi.waitFor(() => expect(output.text.match(/x/g)?.length).toBeGreaterThanOrEqual(typed.length))
    output.text = ''
    printAbovePrompt(() => output.write('alice: hi\n'))
    const clear = '\u001b[1A\u001b[1G\u001b[0J'
    const redraw = `\u001b[1G\u001b[0J> ${typed}\u001b[23G`
    expect(output.text).toBe(`${clear}alice: hi\n${redraw}`)
    input.end()
    await reading
  })
})

describe('a question', () => {
  it.each([
    ['y\r', true],
    ['YES\r', true],
    ['n\r', false],
    ['\r', false],
    ['what\ry\r', true],
    ['\u0004', false],
  ])('takes %j as %s', async (typed, answer) => {
    const input = openTerminalInput()
    const output = new CapturedStream({ isTTY: true })
    const asking = askYesNo('Accept \u001b[2Jreport.pdf?', { input, output, flag: '--yes' })
    input.write(typed)
    expect(await asking).toBe(answer)
    expect(output.text).toContain('Accept \\x1b[2Jreport.pdf? [y/N] ')
  })

  it('without a terminal fails as a usage error that names the flag', async () => {
    const asking = askYesNo('Accept?', {
      input: new PassThrough(),
      output: new CapturedStream({ isTTY: true }),
      flag: '--yes',
    })
    await expect(asking).rejects.toMatchObject({ code: 'USAGE', hint: 'Pass --yes to answer yes.' })
  })

  it('throws the reason on abort', async () => {
    const controller = new AbortController()
    const asking = askYesNo('Accept?', {
      input: openTerminalInput(),
      output: new CapturedStream({ isTTY: true }),
      flag: '--yes',
      signal: controller.signal,
    })
    controller.abort(new Error('timed out'))
    await expect(asking).rejects.toThrow('timed out')
  })
})
