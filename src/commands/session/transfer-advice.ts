import { PeerError, type PeerErrorCode } from '../../errors.js'
import type { TransferDirection } from '../../transfer/transfer-progress.js'

/** By who hears it. */
const ADVICE: Record<TransferDirection, Partial<Record<PeerErrorCode, string>>> = {
  send: {
    PEER_DECLINED: 'Send it again once it is wanted there; with --yes the receiver takes it unasked.',
    PEER_CANCELLED: 'Send the same again when the receiver is ready; what it has kept is not sent twice.',
  },
  receive: { PEER_CANCELLED: 'It comes again when the sender sends it again.' },
}

/** What the peer did to a transfer, with what to try: the engine knows what happened, not what is typed. */
export function withAdvice(thrown: unknown, direction: TransferDirection): unknown {
  if (!(thrown instanceof PeerError) || thrown.hint !== undefined) return thrown
  const { code, message, cause } = thrown
  const hint = ADVICE[direction][code]
  return hint === undefined ? thrown : new PeerError(code, message, { hint, cause })
}
