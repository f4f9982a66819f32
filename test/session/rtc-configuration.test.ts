import { describe, expect, it } from 'vitest'
import { createRtcConfiguration } from '../../src/session/rtc-configuration.js'

const STUN = { urls: 'stun:stun.example:3478' }
const TURN = { urls: 'turn:turn.example:3478', username: 'user', credential: 'pw' }

describe('createRtcConfiguration', () => {
  it('has the ICE servers and nothing that was not given', () => {
    const configuration = createRtcConfiguration({
      iceServers: [STUN],
      iceTransportPolicy: undefined,
      bundlePolicy: undefined,
      portRange: undefined,
    })
    expect(Object.entries(configuration)).toEqual([['iceServers', [STUN]]])
  })

  it('has everything that was given', () => {
    const options = {
      iceServers: [STUN, TURN],
      iceTransportPolicy: 'relay',
      bundlePolicy: 'max-bundle',
      rtcpMuxPolicy: 'negotiate',
      iceCandidatePoolSize: 0,
      portRange: { min: 50_000, max: 50_100 },
    } as const
    expect(createRtcConfiguration({ ...options, iceServers: [...options.iceServers] })).toEqual(options)
  })

  it.each([
    ['no server', []],
    ['STUN only', [STUN]],
    ['a name that looks like one', [{ urls: 'stun:turn.example' }]],
  ])('refuses relay with %s, and says what to add', (_what, iceServers) => {
    expect(() => createRtcConfiguration({ iceServers, iceTransportPolicy: 'relay' })).toThrow(
      expect.objectContaining({ code: 'USAGE', hint: expect.stringContaining('--ice-server turn:') }),
    )
  })

  it.each([
    ['turn', [STUN, TURN]],
    ['turns', [{ ...TURN, urls: 'turns:turn.example:5349' }]],
    ['one of several URLs', [{ ...TURN, urls: ['stun:a.example', 'turn:b.example'] }]],
  ])('takes relay with %s', (_what, iceServers) => {
    const configuration = createRtcConfiguration({ iceServers, iceTransportPolicy: 'relay' })
    expect(configuration).toEqual({ iceServers, iceTransportPolicy: 'relay' })
  })
})
