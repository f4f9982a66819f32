import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManifestReader, type ManifestEntry } from '../../src/transfer/manifest.js'
import { safePath } from '../../src/transfer/safe-path.js'

const file = (path: string, size = 1): ManifestEntry => ({
  path,
  type: 'file',
  size,
  mode: 0o644,
  mtimeMs: 0,
})
const directory = (path: string): ManifestEntry => ({
  path,
  type: 'directory',
  size: 0,
  mode: 0o755,
  mtimeMs: 0,
})

/** What no receiver may create (criterion F1): traversal, absolute, drives, streams, devices, invisible, too long. */
const HOSTILE = [
  [
    '',
    '.',
    '..',
    '/',
    '//',
    './a',
    '../x',
    'a/../../x',
    'a/..',
    'a/./b',
    'a//b',
    'a/',
    '/etc/passwd',
    '//srv/s',
  ],
  ['C:\\x', 'C:x', 'C:/x', '\\\\srv\\s', 'a\\..\\..\\x', '\\x', 'a:stream', 'a::$DATA', 'x/C:'],
  [
    'CON',
    'con',
    'con.txt',
    'PRN',
    'AUX',
    'nul',
    'NUL.',
    'NUL.tar.gz',
    'COM1',
    'com9.log',
    'COM¹',
    'COM²',
    'COM³',
  ],
  ['LPT1', 'lpt9.log', 'LPT³', 'COM0', 'CONIN$', 'conout$', 'a/nul/b', 'a/aux.h'],
  ['trailing.', 'trailing ', ' leading', 'a/b./c', 'a/ b', '...', '. .', 'x\u00a0'],
  [
    'a\0b',
    'a\u0001',
    '\u001b[2J',
    'a\u001b]0;x\u0007',
    'a\u009b31m',
    'a\rb',
    'a\nb',
    'a\tb',
    'a\u007f',
    'a\u0085b',
  ],
  ['a\u202eb', 'a\u202ab', 'a\u2066b', 'a\u2069', 'a\u200eb', 'a\u200fb', 'a\u061cb', 'a\u200bb', 'a\u200db'],
  [
    'a\u2060b',
    'a\ufeffb',
    'a\u00adb',
    'a\u2028b',
    'a\u2029b',
    'a\u{e0041}b',
    'a\ue000b',
    'a\ud800',
    '\udc00b',
    'a\ud800b',
  ],
  ['.ssh/authorized_keys', '.bashrc', 'a/.git/config', '.', '.env', 'a/.hidden'],
  ['-rf', '--checkpoint-action=exec=sh', 'a/-x', '-'],
  [
    'x'.repeat(256),
    'é'.repeat(128),
    `a/${'x'.repeat(256)}`,
    'ab/'.repeat(2000) + 'c',
    'a/'.repeat(64) + 'b',
    '☂'.repeat(86),
  ],
  [
    '../'.repeat(9) + 'etc/passwd',
    '..\\..\\x',
    '%2e%2e/x\u0000',
    'a/../b',
    'a/b/../..',
    '..;/x/..',
    'x/../.',
    '\u0000',
  ],
  [
    'con .txt/..',
    'aux./x',
    'LPT1:',
    'nul:',
    '\\\\?\\C:\\x',
    '\\\\.\\pipe\\x',
    'file:///etc/passwd',
    'http://x/y',
  ],
  [
    'PRN.txt',
    'a/con',
    'COM5',
    'LPT2.txt',
    'a\u202cb',
    'a\u2067b',
    'a\u200cb',
    'x./y',
    'a/.. /b',
    'a\u206ab',
    '\u007f',
    'a\u0000/b',
  ],
].flat()

describe('names a peer offers', () => {
  it.each(HOSTILE.map((name) => [name]))('%# refuses %j', (name) => {
    expect(() => safePath(name)).toThrow(expect.objectContaining({ code: 'UNSAFE_PATH' }))
  })

  it('counts at least 120 hostile ones', () => expect(HOSTILE.length).toBeGreaterThanOrEqual(120))

  it.each([
    'a',
    'photo.jpg',
    'deep/er/file.tar.gz',
    'ünïcode ☂.txt',
    '日本語',
    '🎉.png',
    'a b',
    'console.log',
    "it's (1) [x] {y}?",
  ])('takes %j as it is', (name) => expect(safePath(name)).toBe(name.normalize('NFC')))

  it('is an error or stays inside, for any string, and taking it twice changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (name) => {
        const safe = accepted(name)
        expect(safe === undefined || safePath(safe) === safe).toBe(true)
        expect(
          safe === undefined || !safe.split('/').some((part) => part === '' || part === '.' || part === '..'),
        ).toBe(true)
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('a manifest', () => {
  it.each([
    ['the same file twice', [file('a'), file('a')]],
    ['two names that differ in case only', [file('Read.me'), file('README'.replace('README', 'read.ME'))]],
    ['two names that differ in normalisation only', [file('\u00e9'), file('e\u0301')]],
    ['a file inside a file', [file('a'), file('a/b')]],
    ['a file over a directory that has something inside', [directory('d'), file('a/b'), file('a')]],
    ['a directory with a size', [{ ...directory('d'), size: 1 }]],
  ])('refuses %s', (_what, entries) => {
    expect(() => new ManifestReader().add(entries)).toThrow(
      expect.objectContaining({ code: 'PROTOCOL_VIOLATION' }),
    )
  })

  it('holds its limits exactly', () => {
    const reader = new ManifestReader({ maxFiles: 2, maxBytes: 10 })
    reader.add([file('a', 5), file('b', 5)])
    expect(reader).toMatchObject({ bytes: 10 })
    expect(() => reader.add([file('c', 0)])).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }))
    expect(() => new ManifestReader({ maxFiles: 9, maxBytes: 10 }).add([file('a', 11)])).toThrow(
      expect.objectContaining({ code: 'TOO_LARGE' }),
    )
  })
})

function accepted(name: string): string | undefined {
  try {
    return safePath(name)
  } catch {
    return undefined
  }
}
