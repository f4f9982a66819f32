import { describe, expect, it } from 'vitest'
import { revealCandidate, type LinkEntrance } from '../../src/impair/impaired-connection.js'

const link: LinkEntrance = {
  configure: (configuration) => configuration,
  isLocal: (address, port) => address === '192.0.2.2' && port === 5000,
  serverBehind: () => null,
}

describe('revealCandidate', () => {
  it.each([
    [
      'a socket of the link is a host candidate',
      'candidate:1 1 udp 41820159 192.0.2.2 5000 typ relay raddr 0.0.0.0 rport 0 generation 0 ufrag a network-id 1',
      'candidate:1 1 udp 2122194943 192.0.2.2 5000 typ host generation 0 ufrag a network-id 1',
    ],
    [
      'in a description too',
      'a=candidate:1 1 udp 41820159 192.0.2.2 5000 typ relay raddr 0.0.0.0 rport 0',
      'a=candidate:1 1 udp 2122194943 192.0.2.2 5000 typ host',
    ],
    [
      'a relay of a real server stays one',
      'candidate:1 1 udp 41820159 192.0.2.9 5000 typ relay raddr 0.0.0.0 rport 0',
      undefined,
    ],
    ['other lines stay', 'a=ice-ufrag:abcd', undefined],
  ])('%s', (_what, line, expected) => expect(revealCandidate(line, link)).toBe(expected ?? line))
})
