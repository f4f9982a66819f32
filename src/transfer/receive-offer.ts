import { PeerError } from '../errors.js'
import { expectedBytes, ManifestReader, type ManifestEntry, type ManifestLimits } from './manifest.js'
import type { TransferControl } from './transfer-control.js'

export interface IncomingFiles {
  entries: readonly ManifestEntry[]
  /** Null where nobody knows before the end. */
  bytes: number | null
}

/** The complete list of what is offered, held to the limits and the rules of safe names. */
export async function receiveOffer(
  control: TransferControl,
  limits: ManifestLimits | undefined,
  signal: AbortSignal,
): Promise<IncomingFiles> {
  const reader = new ManifestReader(limits)
  for (;;) {
    const message = await control.next(['entries', 'offer'], { signal })
    if (message.type === 'entries') {
      reader.add(message.entries)
      continue
    }
    const { entries, bytes } = reader
    if (message.count === entries.length && message.bytes === bytes && message.count > 0)
      return { entries, bytes: expectedBytes(entries) }
    throw new PeerError('PROTOCOL_VIOLATION', 'The peer listed other files than it announced.')
  }
}
