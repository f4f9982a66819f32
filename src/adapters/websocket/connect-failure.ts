import { PeerError, toError } from '../../errors.js'

/** The server answered the upgrade request with something other than 101. */
export class UnexpectedStatus extends Error {
  readonly status: number

  constructor(status: number) {
    super(`HTTP status ${status}`)
    this.status = status
  }
}

/** Says in one sentence why a connection to a signaling server could not be opened, and what to try. */
export function connectFailure(thrown: unknown, url: string): PeerError {
  if (thrown instanceof PeerError) return thrown
  const cause = toError(thrown)
  const { what, hint } = explain(cause, url)
  const isRefused = cause instanceof UnexpectedStatus && (cause.status === 401 || cause.status === 403)
  return new PeerError(
    isRefused ? 'AUTHENTICATION_FAILED' : 'SIGNALING_UNREACHABLE',
    `Cannot reach the signaling server at ${url}: ${what}.`,
    {
      hint,
      cause,
    },
  )
}

interface Explanation {
  what: string
  hint?: string
}

/** By the system's or OpenSSL's error code; the same table serves every platform. */
const BY_CODE: readonly [codes: RegExp, explanation: Explanation][] = [
  [
    /^ECONNREFUSED$/,
    {
      what: 'nothing listens there (connection refused)',
      hint: 'Start one with `webrtc-cli serve`, or correct --signal.',
    },
  ],
  [
    /^ENOTFOUND$/,
    { what: 'the host name is unknown', hint: 'Check the spelling of the host name in --signal.' },
  ],
  [
    /^EAI_/,
    {
      what: 'the host name cannot be looked up now',
      hint: 'Check the network and its DNS, and the host name in --signal.',
    },
  ],
  [
    /^(EHOSTUNREACH|ENETUNREACH|ENETDOWN|EHOSTDOWN|EADDRNOTAVAIL)$/,
    { what: 'there is no network route to it', hint: 'Check the network connection, a VPN or a firewall.' },
  ],
  [
    /^ETIMEDOUT$/,
    { what: 'the host does not answer', hint: 'Check the address, and that no firewall drops the port.' },
  ],
  [
    /^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID)$/,
    {
      what: 'its TLS certificate is not valid at this time',
      hint: "Check this machine's clock, or renew it.",
    },
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    {
      what: 'its TLS certificate is for another host name',
      hint: 'Use the host name that the certificate is made for.',
    },
  ],
  [
    /SELF_SIGNED|UNABLE_TO_|CERT_|_ISSUER/,
    {
      what: 'its TLS certificate is not trusted',
      hint: 'Name the authority that signed it with --ca FILE (PEM).',
    },
  ],
  [
    /^(EPROTO|ERR_SSL_.*)$/,
    {
      what: 'it does not speak TLS as expected',
      hint: 'If the server has no certificate, use ws:// instead of wss://.',
    },
  ],
  [
    /^HPE_/,
    {
      what: 'what answers there is not HTTP',
      hint: 'If the server speaks TLS, use wss:// instead of ws://; otherwise check the port.',
    },
  ],
]

function explain(error: Error, url: string): Explanation {
  if (error instanceof UnexpectedStatus) return explainStatus(error.status)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const known = BY_CODE.find(([codes]) => codes.test(code))
  if (known) return known[1]
  if (code === 'ECONNRESET' || code === 'EPIPE') return explainReset(url)
  // From `ws`, which has no codes for these: no or another subprotocol, wrong Sec-WebSocket-Accept and the like.
  if (/subprotocol|Sec-WebSocket|Upgrade header/i.test(error.message)) {
    return {
      what: 'what answers there is not a webrtc-cli signaling server',
      hint: 'Check the host, the port and the path in --signal.',
    }
  }
  return { what: error.message === '' ? 'the connection failed' : error.message }
}

function explainReset(url: string): Explanation {
  const other = url.startsWith('wss:') ? 'ws://' : 'wss://'
  return {
    what: 'it closed the connection during the handshake',
    hint: `Check the port; if the server ${other === 'ws://' ? 'has no certificate' : 'speaks TLS'}, use ${other}.`,
  }
}

function explainStatus(status: number): Explanation {
  const what = `it answered with HTTP status ${status} instead of a WebSocket`
  if (status === 401 || status === 403)
    return { what, hint: 'Give the access token it asks for with --token.' }
  if (status >= 300 && status < 400) return { what, hint: 'Use the address that it redirects to.' }
  if (status >= 502 && status <= 504)
    return { what, hint: 'A proxy answers, but the server behind it does not.' }
  return { what, hint: 'Check the host, the port and the path in --signal.' }
}
