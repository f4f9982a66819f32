/**
 * Every way a run can fail, with the process exit code it ends in. The codes are sysexits.h values where one
 * fits, `timeout(1)`'s 124, and 128 + signal number for signals; they are part of the contract with scripts.
 */
export const EXIT_CODE_BY_ERROR = {
  CHECK_FAILED: 1,
  USAGE: 64,
  DATA_MISMATCH: 65,
  SOURCE_CHANGED: 65,
  INPUT_INVALID: 65,
  INPUT_UNREADABLE: 66,
  SIGNALING_UNREACHABLE: 69,
  ICE_FAILED: 69,
  BINDING_UNAVAILABLE: 69,
  LISTEN_FAILED: 69,
  FFMPEG_UNAVAILABLE: 69,
  SOURCE_UNAVAILABLE: 69,
  INTERNAL: 70,
  OUTPUT_EXISTS: 73,
  UNSAFE_PATH: 73,
  TOO_LARGE: 73,
  OUTPUT_UNWRITABLE: 73,
  IO_ERROR: 74,
  NO_SPACE: 74,
  PEER_LOST: 75,
  PEER_CANCELLED: 75,
  PEER_DECLINED: 75,
  ROOM_FULL: 75,
  SERVER_FULL: 75,
  RATE_LIMITED: 75,
  SIGNALING_LOST: 75,
  PROTOCOL_VIOLATION: 76,
  PEER_INCOMPATIBLE: 76,
  MESSAGE_TOO_LARGE: 76,
  AUTHENTICATION_FAILED: 77,
  CONFIGURATION: 78,
  OVERCONSTRAINED: 78,
  TIMED_OUT: 124,
  INTERRUPTED: 130,
  CLOSED_PIPE: 141,
  TERMINATED: 143,
} as const

export type PeerErrorCode = keyof typeof EXIT_CODE_BY_ERROR

export interface PeerErrorOptions {
  /** What the user can try, as one sentence; shown below the message. */
  hint?: string
  cause?: unknown
}

/** The one error type: a stable code, a sentence saying what failed with its value, and what to try. */
export class PeerError extends Error {
  override readonly name = 'PeerError'
  readonly code: PeerErrorCode
  readonly hint: string | undefined

  constructor(code: PeerErrorCode, message: string, options: PeerErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.hint = options.hint
  }

  get exitCode(): number {
    return EXIT_CODE_BY_ERROR[this.code]
  }
}

/** The USAGE error for a value with a grammar: what is wrong in one sentence, and below it the value with a caret under the place. */
export function faultAt(option: string, source: string, position: number, sentence: string): PeerError {
  // One cell for each UTF-16 unit, so that the caret stands right whatever was typed; the languages are ASCII.
  const visible = source.replaceAll(/[^\u0020-\u007e]/g, '?')
  return new PeerError('USAGE', `${option}: ${sentence}.`, { hint: `${visible}\n${' '.repeat(position)}^` })
}

/** Turns anything thrown or rejected (the binding rejects with non-Errors too) into an Error. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  return new Error(
    typeof thrown === 'string' && thrown !== '' ? thrown : `unknown failure (${String(thrown)})`,
  )
}

/** Turns anything thrown into a PeerError; what is not one already is a bug of ours and says so. */
export function toPeerError(thrown: unknown): PeerError {
  if (thrown instanceof PeerError) return thrown
  const error = toError(thrown)
  return new PeerError('INTERNAL', `Internal error: ${error.message}`, {
    hint: 'This is a defect in webrtc-cli; run again with --verbose and report what it prints.',
    cause: error,
  })
}
