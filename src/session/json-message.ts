import type { PeerError } from '../errors.js'
import type { Message } from './ports.js'

/** What a message says that has to be JSON; throws what `violation` makes of one that is not. */
export function readJsonMessage(raw: Message, violation: (what: string) => PeerError): unknown {
  if (typeof raw !== 'string') throw violation('a binary message')
  try {
    return JSON.parse(raw)
  } catch {
    throw violation('a message that is not JSON')
  }
}
