import { describe, expect, it } from 'vitest'
import { readDescription } from '../../src/sdp/read-description.js'
import { BROWSER_OFFER } from './browser-offer.js'

describe('readDescription', () => {
  it.each([
    ['bare SDP', BROWSER_OFFER, null],
    ['what browsers copy', JSON.stringify({ type: 'offer', sdp: BROWSER_OFFER }), 'offer'],
    ['a provisional answer', JSON.stringify({ type: 'pranswer', sdp: BROWSER_OFFER }), 'answer'],
    ['JSON without a type', ` \n{"sdp":${JSON.stringify(BROWSER_OFFER)}}`, null],
    ['a JSON string', JSON.stringify(BROWSER_OFFER), null],
    ['a byte order mark', `\uFEFF${BROWSER_OFFER}`, null],
  ])('takes %s', (_what, text, type) => {
    expect(readDescription(text)).toEqual({ type, sdp: BROWSER_OFFER })
  })

  it.each([
    ['nothing', ' \r\n', 'it is empty'],
    ['prose', 'hello', 'no line starts with "v=", "o=" or "m="'],
    ['broken JSON', '{"sdp":', 'it starts like JSON and is none'],
    ['other JSON', '{"a":1}', 'the JSON has no text named "sdp"'],
    ['JSON with other text', '{"sdp":"x"}', 'no line starts with "v=", "o=" or "m="'],
  ])('says what is wrong with %s', (_what, text, problem) => {
    expect(readDescription(text)).toEqual({ problem })
  })
})
