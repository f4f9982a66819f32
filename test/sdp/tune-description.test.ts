import { describe, expect, it } from 'vitest'
import {
  tuneLocalDescription,
  tuneRemoteDescription,
  type KindTuning,
} from '../../src/sdp/tune-description.js'
import { BROWSER_OFFER } from './browser-offer.js'

const local = (video: KindTuning, audio: KindTuning = {}) =>
  tuneLocalDescription(BROWSER_OFFER, { video, audio })
const remote = (video: KindTuning, audio: KindTuning = {}) =>
  tuneRemoteDescription(BROWSER_OFFER, { video, audio })

/** Lines of one description that are not in the other. */
function added(sdp: string): string[] {
  const before = new Set(BROWSER_OFFER.split('\r\n'))
  return sdp.split('\r\n').filter((line) => !before.has(line))
}

describe('a tuned description', () => {
  it('is the same, byte for byte, where nothing is asked for', () => {
    expect(local({})).toBe(BROWSER_OFFER)
    expect(remote({})).toBe(BROWSER_OFFER)
  })

  it('has the first of the codecs that is there in front, and keeps the others', () => {
    const codecs = ['h266', 'pcmu', 'OPUS']
    expect(added(local({}, { codecs }))).toEqual(['m=audio 9 UDP/TLS/RTP/SAVPF 0 111'])
    expect(added(remote({}, { codecs }))).toEqual(['m=audio 9 UDP/TLS/RTP/SAVPF 0 111'])
  })

  it('is refused where the peer takes none of them, with what it takes', () => {
    expect(() => remote({}, { codecs: ['G722'] })).toThrow(
      expect.objectContaining({
        code: 'CONFIGURATION',
        message: 'The peer takes no audio in G722; it takes opus, PCMU.',
      }),
    )
  })

  it('leaves a section alone that was refused', () => {
    const refused = BROWSER_OFFER.replace('m=audio 9', 'm=audio 0')
    expect(tuneRemoteDescription(refused, { video: {}, audio: { codecs: ['G722'] } })).toBe(refused)
  })

  it.each([
    ['sendonly', 'a=sendrecv', 'a=sendonly'],
    ['sendonly', 'a=recvonly', 'a=inactive'],
    ['sendonly', 'a=sendonly', 'a=sendonly'],
    ['recvonly', 'a=sendrecv', 'a=recvonly'],
    ['recvonly', 'a=sendonly', 'a=inactive'],
    ['sendrecv', 'a=recvonly', 'a=recvonly'],
  ] as const)('with %s has %s as %s', (direction, before, after) => {
    const sdp = ['v=0', 'm=audio 9 UDP/TLS/RTP/SAVPF 0', before, 'a=rtpmap:0 PCMU/8000', ''].join('\r\n')
    const tuned = tuneLocalDescription(sdp, { video: {}, audio: { direction } })
    expect(tuned).toBe(sdp.replace(before, after))
  })

  it('asks for stereo and for a bandwidth', () => {
    expect(added(local({ bandwidth: ['AS:200'] }, { stereo: true }))).toEqual([
      'a=fmtp:111 minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1',
      'b=AS:200',
    ])
  })
})
