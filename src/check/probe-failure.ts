import type { Transport } from './ports.js'

/** What went wrong with a server, in words; `code` is stable for scripts. */
export interface Failure {
  /** `timeout`, `refused`, `unreachable`, `unknown-host`, `tls`, `not-stun`, `closed`, or a STUN error such as `401`. */
  code: string
  message: string
  hint: string | null
}

/** A probe that found out what is wrong. */
export class ProbeFailure extends Error {
  override readonly name = 'ProbeFailure'
  readonly failure: Failure

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.message, options)
    this.failure = failure
  }
}

/** Thrown where an answer did not come in time; who asked says what that means. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

/** By the system's error code. */
const BY_CODE: readonly [codes: RegExp, failure: Failure][] = [
  [
    /^ECONNREFUSED$/,
    {
      code: 'refused',
      message: 'nothing listens there (refused)',
      hint: 'Check that the server runs, and its port.',
    },
  ],
  [
    /^(ENOTFOUND|ENODATA)$/,
    {
      code: 'unknown-host',
      message: 'the host name is unknown',
      hint: 'Check the spelling of the host name.',
    },
  ],
  [
    /^EAI_/,
    {
      code: 'unknown-host',
      message: 'the host name cannot be looked up now',
      hint: 'Check the DNS of this network.',
    },
  ],
  [
    /^(EHOSTUNREACH|ENETUNREACH|ENETDOWN|EHOSTDOWN|EADDRNOTAVAIL)$/,
    {
      code: 'unreachable',
      message: 'there is no route to it',
      hint: 'Check the network connection, a VPN or a firewall.',
    },
  ],
  [
    /^(EPERM|EACCES)$/,
    {
      code: 'unreachable',
      message: 'this machine does not let packets to it out',
      hint: 'Look at the firewall of this machine.',
    },
  ],
  [
    /^(ECONNRESET|EPIPE)$/,
    {
      code: 'closed',
      message: 'it closed the connection',
      hint: 'Check the port: TLS and plain TCP have ports of their own, 5349 and 3478 unless configured.',
    },
  ],
]

/** What a socket's or the name lookup's error means for a server reached over `transport`. */
export function explainNetworkError(error: Error, transport: Transport): Failure {
  if (error instanceof ProbeFailure) return error.failure
  if (error instanceof NoAnswer) return noAnswer(transport)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (code === 'ETIMEDOUT') return noAnswer(transport)
  const known = BY_CODE.find(([codes]) => codes.test(code))
  if (known) return known[1]
  if (/^(ERR_SSL|ERR_TLS|EPROTO)/.test(code)) {
    return {
      code: 'tls',
      message: 'what answers there does not speak TLS',
      hint: 'Use turn: or stun: where the server has no TLS, or its TLS port, 5349 unless configured.',
    }
  }
  if (error instanceof RangeError) {
    return {
      code: 'not-stun',
      message: 'what answers there is no STUN or TURN server',
      hint: 'Check the port.',
    }
  }
  return { code: 'failed', message: error.message || 'the connection failed', hint: null }
}

function noAnswer(transport: Transport): Failure {
  return {
    code: 'timeout',
    message: `no answer over ${transport}`,
    hint:
      transport === 'udp'
        ? 'A firewall drops UDP on the way, or the server is not there: ?transport=tcp or turns: can get through.'
        : 'A firewall drops the packets, or the server is not there: check the address and the port.',
  }
}
