import { check, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { printable, printableJson, wellFormed } from '../../src/terminal/printable.js'

/** What hostile names, messages and banners are made of, and how each is shown. */
const GOLDEN: readonly [name: string, raw: string, shown: string][] = [
  ['NUL', 'a\u0000b', 'a\\x00b'],
  ['SOH', '\u0001', '\\x01'],
  ['ETX', '\u0003', '\\x03'],
  ['EOT', '\u0004', '\\x04'],
  ['ENQ answerback', '\u0005', '\\x05'],
  ['BEL', 'ding\u0007', 'ding\\x07'],
  ['BS overstrike', 'no\b\byes', 'no\\x08\\x08yes'],
  ['TAB', 'a\tb', 'a\\tb'],
  ['LF', 'a\nb', 'a\\nb'],
  ['VT', 'a\u000bb', 'a\\x0bb'],
  ['FF', 'a\u000cb', 'a\\x0cb'],
  ['CR overwrite', 'bad.exe\rok.txt', 'bad.exe\\rok.txt'],
  ['CRLF', 'a\r\nb', 'a\\r\\nb'],
  ['SO charset', '\u000e', '\\x0e'],
  ['SI charset', '\u000f', '\\x0f'],
  ['XOFF', '\u0013', '\\x13'],
  ['CAN', '\u0018', '\\x18'],
  ['SUB', '\u001a', '\\x1a'],
  ['lone ESC', '\u001b', '\\x1b'],
  ['US', '\u001f', '\\x1f'],
  ['DEL', 'a\u007f', 'a\\x7f'],
  ['C1 PAD', '\u0080', '\\x80'],
  ['C1 NEL', 'a\u0085b', 'a\\x85b'],
  ['C1 DCS', '\u0090q', '\\x90q'],
  ['C1 SOS', '\u0098x', '\\x98x'],
  ['C1 CSI', '\u009b2J', '\\x9b2J'],
  ['C1 ST', '\u009c', '\\x9c'],
  ['C1 OSC', '\u009d0;title\u009c', '\\x9d0;title\\x9c'],
  ['C1 PM', '\u009e', '\\x9e'],
  ['C1 APC', '\u009f', '\\x9f'],
  ['CSI colour', '\u001b[31mred\u001b[0m', '\\x1b[31mred\\x1b[0m'],
  ['CSI clear screen', '\u001b[2J\u001b[H', '\\x1b[2J\\x1b[H'],
  ['CSI cursor up and erase', '\u001b[1A\u001b[2K', '\\x1b[1A\\x1b[2K'],
  ['CSI conceal', '\u001b[8mhidden', '\\x1b[8mhidden'],
  ['CSI alternate screen', '\u001b[?1049h', '\\x1b[?1049h'],
  ['CSI bracketed paste off', '\u001b[?2004l', '\\x1b[?2004l'],
  ['CSI mouse reports', '\u001b[?1003h', '\\x1b[?1003h'],
  ['CSI device status report', '\u001b[6n', '\\x1b[6n'],
  ['CSI window report', '\u001b[21t', '\\x1b[21t'],
  ['CSI media copy', '\u001b[5i', '\\x1b[5i'],
  ['CSI repeat', 'A\u001b[99999b', 'A\\x1b[99999b'],
  ['OSC title, BEL', '\u001b]0;root shell\u0007', '\\x1b]0;root shell\\x07'],
  ['OSC title, ST', '\u001b]2;x\u001b\\', '\\x1b]2;x\\x1b\\'],
  ['OSC 4 palette', '\u001b]4;1;?\u0007', '\\x1b]4;1;?\\x07'],
  [
    'OSC 8 link',
    '\u001b]8;;http://evil.test\u001b\\ok\u001b]8;;\u001b\\',
    '\\x1b]8;;http://evil.test\\x1b\\ok\\x1b]8;;\\x1b\\',
  ],
  ['OSC 9 notification', '\u001b]9;pay now\u0007', '\\x1b]9;pay now\\x07'],
  ['OSC 52 clipboard', '\u001b]52;c;cm0gLXJmIC8=\u0007', '\\x1b]52;c;cm0gLXJmIC8=\\x07'],
  ['OSC 1337 file', '\u001b]1337;File=:AAAA\u0007', '\\x1b]1337;File=:AAAA\\x07'],
  ['DCS sixel', '\u001bPq#0\u001b\\', '\\x1bPq#0\\x1b\\'],
  ['DCS request status', '\u001bP$q"p\u001b\\', '\\x1bP$q"p\\x1b\\'],
  ['APC kitty graphics', '\u001b_Gf=24;AAAA\u001b\\', '\\x1b_Gf=24;AAAA\\x1b\\'],
  ['PM', '\u001b^x\u001b\\', '\\x1b^x\\x1b\\'],
  ['SOS', '\u001bXx\u001b\\', '\\x1bXx\\x1b\\'],
  ['RIS reset', '\u001bc', '\\x1bc'],
  ['charset designation', '\u001b(0', '\\x1b(0'],
  ['DECALN', '\u001b#8', '\\x1b#8'],
  ['line separator', 'a\u2028b', 'a\\u{2028}b'],
  ['paragraph separator', 'a\u2029b', 'a\\u{2029}b'],
  ['RLO name', 'photo\u202Egpj.exe', 'photo\\u{202e}gpj.exe'],
  ['LRE', '\u202A', '\\u{202a}'],
  ['RLE', '\u202B', '\\u{202b}'],
  ['PDF', '\u202C', '\\u{202c}'],
  ['LRO', '\u202D', '\\u{202d}'],
  ['LRI', '\u2066', '\\u{2066}'],
  ['RLI', '\u2067', '\\u{2067}'],
  ['FSI', '\u2068', '\\u{2068}'],
  ['PDI', '\u2069', '\\u{2069}'],
  ['LRM', '\u200E', '\\u{200e}'],
  ['RLM', '\u200F', '\\u{200f}'],
  ['ALM', '\u061C', '\\u{61c}'],
  ['zero width space', 'pay\u200Bpal', 'pay\\u{200b}pal'],
  ['zero width non-joiner', '\u200C', '\\u{200c}'],
  ['zero width joiner', '\u200D', '\\u{200d}'],
  ['word joiner', '\u2060', '\\u{2060}'],
  ['invisible plus', '\u2064', '\\u{2064}'],
  ['byte order mark', '\uFEFFname', '\\u{feff}name'],
  ['soft hyphen', 'a\u00ADb', 'a\\xadb'],
  ['Hangul filler', '\u3164', '\\u{3164}'],
  ['interlinear annotation', '\uFFF9', '\\u{fff9}'],
  ['lone high surrogate', 'a\uD800b', 'a\\u{d800}b'],
  ['lone low surrogate', 'a\uDFFFb', 'a\\u{dfff}b'],
  ['language tag', '\u{E0001}', '\\u{e0001}'],
  ['tag letters', 'x\u{E0041}\u{E007F}', 'x\\u{e0041}\\u{e007f}'],
  ['variation selector supplement', '\u{E0100}', '\\u{e0100}'],
  ['musical format control', '\u{1D173}', '\\u{1d173}'],
]

describe('F14: printable', () => {
  it('has a golden table of at least 60 sequences', () => {
    expect(GOLDEN.length).toBeGreaterThanOrEqual(60)
  })

  it.each(GOLDEN)('shows %s as an escape', (_name, raw, shown) => {
    expect(printable(raw)).toBe(shown)
  })

  it.each(['plain', 'résumé.pdf', '報告書.txt', 'отчёт', 'שלום', '👍🏽', '❤\u{FE0F}', 'C:\\Users', 'a  b'])(
    'leaves %s as it is',
    (text) => {
      expect(printable(text)).toBe(text)
    },
  )

  it('keeps only the line feed with multiline', () => {
    expect(printable('a\nb\tc\rd\u001b[2J', { multiline: true })).toBe('a\nb\\tc\\rd\\x1b[2J')
  })

  it('leaves nothing that steers a terminal in any text, and is stable', () => {
    const { failed, counterexample } = check(
      property(string({ unit: 'binary' }), (text) => {
        const shown = printable(text)
        return !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/u.test(shown) && printable(shown) === shown
      }),
    )
    expect({ failed, counterexample }).toEqual({ failed: false, counterexample: null })
  })
})

describe('printableJson', () => {
  it.each(GOLDEN)('keeps the value of %s and writes none of it raw', (_name, raw) => {
    const json = printableJson(JSON.stringify({ text: raw }))
    expect(JSON.parse(json)).toEqual({ text: raw })
    expect(printable(json)).toBe(json)
  })
})

describe('wellFormed', () => {
  it('replaces lone surrogates and keeps pairs', () => {
    expect(wellFormed('a\uD800b👍\uDC00')).toBe('a\uFFFDb👍\uFFFD')
  })
})
