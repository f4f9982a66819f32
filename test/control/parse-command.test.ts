import { describe, expect, it } from 'vitest'
import { listCommands } from '../../src/control/command-words.js'
import { parseControlLine, parseTypedLine } from '../../src/control/parse-command.js'

describe('a line that is typed', () => {
  it.each([
    ['hello', { command: 'chat', text: 'hello' }],
    ['//etc/hosts is a file', { command: 'chat', text: '/etc/hosts is a file' }],
    [' /stats', { command: 'chat', text: ' /stats' }],
    ['/stats', { command: 'stats' }],
    ['/stats  ', { command: 'stats' }],
    ['/snapshot', { command: 'snapshot' }],
    ['/snapshot my door.png', { command: 'snapshot', path: 'my door.png' }],
    ['/record start my call.webm', { command: 'record', action: 'start', path: 'my call.webm' }],
    ['/record pause', { command: 'record', action: 'pause' }],
    ['/video my clip.mp4', { command: 'video', source: 'my clip.mp4' }],
    ['/mute', { command: 'mute' }],
    ['/pause audio', { command: 'pause', kind: 'audio' }],
    ['/bitrate  300k', { command: 'bitrate', bitrate: '300k' }],
    ['/bitrate auto video', { command: 'bitrate', bitrate: 'auto', kind: 'video' }],
    ['/send my photos/', { command: 'send', path: 'my photos/' }],
    ['/accept', { command: 'accept' }],
    ['/decline', { command: 'decline' }],
    ['/cancel', { command: 'cancel' }],
    ['/quit', { command: 'quit' }],
  ])('%j is %j', (line, command) => {
    expect(parseTypedLine(line)).toEqual({ given: 'command', command })
  })

  it.each([
    ['/send ~/my photos', { command: 'send', path: '/home/$&/my photos' }],
    ['/send ~', { command: 'send', path: '/home/$&' }],
    ['/snapshot ~/door.png', { command: 'snapshot', path: '/home/$&/door.png' }],
    ['/record start ~/call.webm', { command: 'record', action: 'start', path: '/home/$&/call.webm' }],
    ['/video ~/clip.mp4', { command: 'video', source: '/home/$&/clip.mp4' }],
    ['/send ~bob/x', { command: 'send', path: '~bob/x' }],
    ['/send a/~/b', { command: 'send', path: 'a/~/b' }],
    ['~/x is at home', { command: 'chat', text: '~/x is at home' }],
  ])('takes ~ for the home directory as a shell does: %j is %j', (line, command) => {
    expect(parseTypedLine(line, { home: '/home/$&' })).toEqual({ given: 'command', command })
  })

  it.each<[string, string | RegExp, RegExp | undefined]>([
    ['/stast', 'There is no command /stast.', /^Did you mean \/stats\? /],
    ['/', 'There is no command /.', /^\/help lists what there is\. .*\/\/text/],
    ['/toString', 'There is no command /toString.', /^\/help/],
    ['/stats now', '/stats does not take "now"; it is typed /stats.', undefined],
    ['/vidoe x', 'There is no command /vidoe.', /^Did you mean \/video\?/],
    ['/send', '/send needs more; it is typed /send FILE.', undefined],
    ['/accept all', '/accept does not take "all"; it is typed /accept.', undefined],
    ['/video', '/video needs more; it is typed /video SOURCE.', undefined],
    ['/mute both', '/mute does not take "both"; it is typed /mute [audio|video].', undefined],
    ['/bitrate', '/bitrate needs more; it is typed /bitrate RATE [audio|video].', undefined],
    ['/bitrate 1k video now', /does not take "1k video now"/, undefined],
    ['/record', '/record needs more; it is typed /record start FILE|pause|resume|stop.', undefined],
    [
      '/record start',
      '/record does not take "start"; it is typed /record start FILE|pause|resume|stop.',
      undefined,
    ],
    ['/record stop x.webm', /does not take "stop x.webm"/, undefined],
    ['/record loudly', /does not take "loudly"/, undefined],
    [`/${'x'.repeat(5000)}`, /^There is no command \/x{60}\.\.\.\.$/, /^\/help/],
  ])('%j is a mistake that says what is typed instead', (line, message, hint) => {
    const parsed = parseTypedLine(line)
    if (parsed.given !== 'mistake') throw new Error('it was taken')
    expect(parsed.error.code).toBe('USAGE')
    expect(parsed.error.message).toMatch(message)
    expect(parsed.error.hint ?? '').toMatch(hint ?? '')
  })

  it('can be everything that /help shows', () => {
    const commands = listCommands()
    expect(commands.length).toBeGreaterThan(5)
    for (const { usage } of commands) {
      const typed = usage
        .replaceAll(/\[.*?\]/g, '')
        .replace('start FILE|pause|resume|stop', 'start FILE')
        .replace('RATE', '300k')
      expect({ usage, ...parseTypedLine(typed) }).toMatchObject({ usage, given: 'command' })
    }
  })
})

describe('a line of --control', () => {
  it.each([
    ['{"command":"chat","text":"/hi"}', { command: 'chat', text: '/hi' }],
    ['{"id":7,"command":"stats"}', { command: 'stats', id: 7 }],
    [
      '{"command":"record","action":"start","path":"a","id":"x"}',
      { command: 'record', action: 'start', path: 'a', id: 'x' },
    ],
  ])('%s', (line, command) => {
    expect(parseControlLine(line)).toEqual({ given: 'command', command })
  })

  it.each([
    ['{"command":"stats"', null, null, 'The line is no JSON: "{\\"command\\":\\"stats\\"".'],
    ['7', null, null, 'The line names no "command".'],
    ['null', null, null, 'The line names no "command".'],
    ['{"id":"a","command":7}', null, 'a', 'The line names no "command".'],
    ['{"id":1,"command":"stast"}', 'stast', 1, 'There is no command "stast".'],
    ['{"id":1,"command":"chat"}', 'chat', 1, '"chat": "text" is missing.'],
    ['{"command":"chat","text":""}', 'chat', null, '"chat": "text" must not be empty.'],
    ['{"command":"stats","now":true}', 'stats', null, '"stats": "now" is none of its members.'],
    ['{"command":"record","action":"go"}', 'record', null, /"action" must be \("pause" \| .*\), got "go"\.$/],
    ['{"command":"stats","id":{}}', 'stats', null, '"stats": "id" must be (string | number), got Object.'],
  ])('%s is a mistake that is answered by its id', (line, name, id, message) => {
    const parsed = parseControlLine(line)
    if (parsed.given !== 'mistake') throw new Error('it was taken')
    expect([parsed.name, parsed.id, parsed.error.code]).toEqual([name, id, 'USAGE'])
    expect(parsed.error.message).toMatch(message)
  })
})
