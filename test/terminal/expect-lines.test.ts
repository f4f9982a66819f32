import { expect, it } from 'vitest'
import { expectLines } from '../../src/terminal/expect-lines.js'
import { errorLines } from '../../src/terminal/outcome-lines.js'
import { HOSTILE } from './sample-events.js'

const shown = (...given: Parameters<typeof expectLines>) =>
  expectLines(...given).map(({ to, lead, text }) => `${to}: ${lead?.text}${text}`)

it.each([
  ['rtt.p95 < 80ms', true, '0.6 ms', null, 'result: ok    rtt.p95 < 80ms   (0.6 ms)'],
  ['path == relay', false, 'direct', 'path is direct', 'result: FAIL  path == relay   (direct)'],
  ['rtt < 1s', false, null, 'rtt was not measured', 'result: FAIL  rtt < 1s   (rtt was not measured)'],
])('%s, %s', (expression, ok, value, reason, line) => {
  expect(shown({ event: 'expect', expression, ok, value, reason })).toEqual([line])
})

it('lets no foreign word steer the terminal', () => {
  const [line] = shown({ event: 'expect', expression: 'x', ok: false, value: HOSTILE, reason: null })
  expect(line).not.toMatch(/[\p{Cc}\u202e]/u)
})

it('puts a caret below what it points at, and no other hint on two lines', () => {
  const hints = (hint: string) =>
    errorLines({ event: 'error', code: 'USAGE', message: 'x', hint }, undefined)
      .filter(({ to, lead }) => to === 'error' && lead === undefined)
      .map(({ text }) => text)
  expect(hints('rtt < 80\n      ^')).toEqual(['  rtt < 80', '        ^'])
  expect(hints('one\ntwo')).toEqual([String.raw`  one\ntwo`])
})
