import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readInternals } from '../dump/internals-reader.js'
import { readRtcstats } from '../dump/rtcstats-reader.js'
import { readTrace } from '../dump/trace-reader.js'
import { startCli } from '../support/cli.js'
import { temporaryDirectory } from '../support/files.js'
import { openSignalingServer } from '../support/signaling-server.js'

const TURN = 'turn:somebody:sesame@127.0.0.1:9'
const SMALL = ['--width', '160', '--height', '120']

describe('the verb sdp', () => {
  it('lists, explains and compares the descriptions of a dump, which --sdp prints too', async () => {
    const path = join(await temporaryDirectory(), 'dump.jsonl')
    await using cli = startCli(['stats', '--duration', '300ms', '--json', '--dump', path, '--sdp'])
    const { code, events } = await cli.exit
    expect(code).toBe(0)
    const printed = events.flatMap((event) => (event.event === 'description' ? [event] : []))
    const [first] = printed
    expect(first).toMatchObject({ file: null, number: 1, connection: '0', side: 'local', type: 'offer' })
    expect(first?.sdp).toMatch(/^v=0\r\n[^]*a=ice-pwd:redactedredactedredacted\r\n/)

    const sdp = async (...args: string[]) => {
      await using verb = startCli(['sdp', ...args])
      return await verb.exit
    }
    const [listed, explained, compared, linted, beyond] = await Promise.all([
      sdp(path, '--json'),
      sdp(`${path}#1`),
      sdp('--diff', `${path}#1`, `${path}#2`),
      sdp('--lint', path),
      sdp(`${path}#99`),
    ])
    const inDump = listed.events.flatMap((event) => (event.event === 'description' ? [event] : []))
    expect(inDump.map(({ sdp: text }) => text)).toEqual(printed.map(({ sdp: text }) => text))
    expect(inDump.map(({ number }) => number)).toEqual(inDump.map((_, index) => index + 1))
    expect([explained.code, explained.stdout]).toEqual([
      0,
      expect.stringContaining('#1: offer, 3 m-sections'),
    ])
    // The offer as it was made and as it arrived are the same but for what the signaling leaves out.
    expect([0, 1]).toContain(compared.code)
    expect([linted.code, linted.stdout]).toEqual([0, ''])
    expect([beyond.code, beyond.stderr]).toEqual([64, expect.stringContaining(', not 99.')])
  })
})

describe('--dump', () => {
  it('has a whole session in the format of rtcstats, without a password', async () => {
    const path = join(await temporaryDirectory(), 'dump.jsonl')
    await using cli = startCli([
      'stats',
      '--duration',
      '1s',
      '--json',
      ...SMALL,
      '--dump',
      path,
      '--trace',
      `${path}.trace`,
      '--ice-server',
      TURN,
    ])
    expect((await cli.exit).code).toBe(0)
    const trace = readTrace(await readFile(`${path}.trace`, 'utf8'))
    expect(trace.map(({ ph, name }) => `${ph} ${name}`)).toEqual(
      expect.arrayContaining([
        'M process_name',
        'b createOffer',
        'b gathering candidates',
        'i candidate host',
        'i candidate error',
        'b ICE checks',
        'b DTLS and SCTP',
        'e DTLS and SCTP',
        'i selected candidate pair',
        'b channel traffic',
        'i first message on traffic',
        'C bit/s',
      ]),
    )
    const text = await readFile(path, 'utf8')
    const { metadata, events } = readRtcstats(text)
    expect(metadata['userAgent']).toMatch(/^webrtc-cli \d/)
    for (const connection of ['PC_0', 'PC_1']) {
      const methods = events.filter((event) => event.connection === connection).map(({ method }) => method)
      expect(methods).toEqual(
        expect.arrayContaining(['create', 'setLocalDescription', 'onicecandidate', 'ontrack', 'close']),
      )
    }
    const last = events.findLast(({ method, connection }) => method === 'getStats' && connection === 'PC_0')
    const types = Object.values(last?.value ?? {}).map(({ type }: { type?: unknown }) => type)
    expect(types).toEqual(
      expect.arrayContaining(['inbound-rtp', 'outbound-rtp', 'candidate-pair', 'transport', 'data-channel']),
    )
    expect(text).not.toMatch(/somebody|sesame/)
    expect(new Set(text.match(/a=ice-pwd:\w+/g))).toEqual(new Set(['a=ice-pwd:redactedredactedredacted']))
  })

  it('has it in the format of webrtc-internals, with addresses masked on request', async () => {
    const path = join(await temporaryDirectory(), 'dump.json')
    const format = ['--dump-format', 'webrtc-internals', '--redact', '--redact-events']
    await using cli = startCli([
      'stats',
      '--duration',
      '1s',
      '--json',
      '--verbose',
      ...SMALL,
      '--dump',
      path,
      ...format,
    ])
    const { code, events } = await cli.exit
    expect(code).toBe(0)
    const text = await readFile(path, 'utf8')
    const [local, ...others] = readInternals(text).values()
    expect(others).toHaveLength(1)
    expect(local?.updates.map(({ type, value }) => `${type} ${value}`)).toContain(
      'connectionstatechange "connected"',
    )
    const pairs = [...(local?.series.values() ?? [])].filter(({ type }) => type === 'candidate-pair')
    expect(pairs.length).toBeGreaterThan(0)
    // Loopback stays; every other address is one of the masks.
    const isMask = /^(127\.|0\.|10\.0\.|100\.64\.|169\.254\.|198\.18\.)/
    const addresses = (found: string) =>
      Array.from(found.matchAll(/(?<![\w.])\d+(?:\.\d+){3}(?![\w.])/g), ([a]) => a)
    expect(addresses(text).filter((address) => !isMask.test(address))).toEqual([])
    expect(addresses(JSON.stringify(events)).filter((address) => !isMask.test(address))).toEqual([])
  })

  it('is whole after Ctrl-C, and ends after a whole line when the process is killed', async () => {
    const directory = await temporaryDirectory()
    await using server = await openSignalingServer()
    const place = ['--room', 'x', '--signal', server.url, '--json']
    const paths = {
      offer: join(directory, 'killed.jsonl'),
      answer: join(directory, 'interrupted.json'),
      trace: join(directory, 'trace'),
    }
    await using offerer = startCli([
      'offer',
      ...place,
      '--audio',
      'tone',
      '--dump',
      paths.offer,
      '--trace',
      paths.trace,
    ])
    await using answerer = startCli([
      'answer',
      ...place,
      '--dump',
      paths.answer,
      '--dump-format',
      'webrtc-internals',
    ])
    await Promise.all([offerer.waitForEvent('connected'), answerer.waitForEvent('track')])
    offerer.kill('SIGKILL')
    answerer.kill('SIGINT')
    expect((await answerer.exit).code).toBe(130)
    await offerer.exit
    const [connection] = readInternals(await readFile(paths.answer, 'utf8')).values()
    expect(connection?.updates.at(-1)?.type).toBe('close')
    const methods = readRtcstats(await readFile(paths.offer, 'utf8')).events.map(({ method }) => method)
    expect(methods).toContain('getStats')
    expect(methods).not.toContain('close')
    const killed = await readFile(paths.trace, 'utf8')
    expect(readTrace(`${killed}]`).map(({ name }) => name)).toContain('connected')
  })

  it('that a full disk refuses is 74, said at once, and the session goes on', async () => {
    await using cli = startCli(['stats', '--duration', '500ms', '--json', '--dump', '/dev/full'])
    const { code, events } = await cli.exit
    expect(code).toBe(74)
    const said = events.filter(({ event }) => event === 'warning' || event === 'error')
    expect(said).toMatchObject([
      {
        event: 'warning',
        code: 'NO_SPACE',
        message: expect.stringContaining('/dev/full (--dump): the disk is full.'),
      },
      { event: 'error', code: 'NO_SPACE' },
    ])
    expect(events.some(({ event }) => event === 'connected')).toBe(true)
  })

  it('that cannot be created is 73, before anything is contacted', async () => {
    await using cli = startCli([
      'offer',
      '--room',
      'x',
      '--signal',
      'ws://no-such-host.invalid',
      '--dump',
      '/no/such/dir/d',
    ])
    expect(await cli.exit).toMatchObject({
      code: 73,
      stderr: expect.stringContaining('/no/such/dir/d (--dump)'),
    })
  })
})
