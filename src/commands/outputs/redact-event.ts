import type { AddressMask } from '../../dump/address-mask.js'
import { PeerError } from '../../errors.js'
import type { PeerEvent } from '../../events.js'

/** The event with other addresses in its texts. */
export function redactEvent(event: PeerEvent, mask: AddressMask): PeerEvent {
  // The mask changes text only, so what was an event still is one.
  const masked: PeerEvent = JSON.parse(mask(JSON.stringify(event)))
  return masked
}

/** The error with other addresses in what is shown of it; its cause, which may name them too, is not kept. */
export function redactError({ code, message, hint }: PeerError, mask: AddressMask): PeerError {
  return new PeerError(code, mask(message), hint === undefined ? {} : { hint: mask(hint) })
}
