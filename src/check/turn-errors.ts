import type { Failure } from './probe-failure.js'

/** What an error of a STUN or TURN server means (RFC 8489 §14.8, RFC 8656 §19) and what to try. */
const MEANINGS = new Map<number, [message: string, hint: string]>([
  [300, ['the server sends its clients to another one', 'Give the address of that server.']],
  [
    400,
    [
      'the server calls the request malformed',
      'Something on the way changes packets, or the server is no TURN server.',
    ],
  ],
  [
    401,
    [
      'the user name or the password is wrong',
      'Check both, or --turn-secret; the realm comes from the server.',
    ],
  ],
  [403, ['the server forbids it', 'Its configuration denies this peer address or this user.']],
  [405, ['the server does not do this over the transport', 'Try another ?transport=.']],
  [
    420,
    [
      'the server does not understand a part of the request that it must',
      'It is too old, or not a TURN server.',
    ],
  ],
  [
    437,
    [
      'the server already has an allocation for this client, or has none any more',
      'Try again; a NAT may have given out a port twice.',
    ],
  ],
  [
    438,
    ['the nonce is stale, again and again', 'Several servers behind one address do not share their nonces.'],
  ],
  [
    440,
    [
      'the server does not relay for this address family',
      'Give it a relay address of that family, or use the other one.',
    ],
  ],
  [
    441,
    [
      'the credentials are not those the allocation was made with',
      'Use one user name for the whole session.',
    ],
  ],
  [
    442,
    [
      'the server does not relay over this transport',
      'Only UDP relaying is asked for: the server must allow it.',
    ],
  ],
  [443, ['the peer address is of another family than the allocation', 'Use the same family on both sides.']],
  [446, ['the server allows no more TCP connections', 'Try again later.']],
  [
    486,
    [
      'the user has as many allocations as the server allows',
      'End other sessions, or raise user-quota on the server.',
    ],
  ],
  [487, ['the ICE roles conflict', 'This is a defect of the server.']],
  [500, ['the server failed', 'Look at its log.']],
  [
    508,
    [
      'the server has no capacity left',
      'Its relay ports or its total-quota are used up: raise them, or add a server.',
    ],
  ],
])

/** The error of a server in words; what the server itself says to it comes after. */
export function explainStunError({ code, reason }: { code: number; reason: string }): Failure {
  const [message, hint] = MEANINGS.get(code) ?? ['the server answered with an error', 'Look at its log.']
  const own = reason.trim() === '' ? '' : ` "${reason.slice(0, 100)}"`
  return { code: String(code), message: `${code}${own}: ${message}`, hint }
}
