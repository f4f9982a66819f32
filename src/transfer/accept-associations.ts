import { aborted } from '../async/abortable.js'
import { PeerError } from '../errors.js'
import type { DataChannel } from '../session/ports.js'
import { beginAssociation, type AssociationConnection, type OpenedAssociation } from './open-association.js'
import type { TransferControl } from './transfer-control.js'

export interface AcceptingAssociations {
  control: TransferControl
  connection: AssociationConnection
  limit: number
  /** A channel is open; `count` associations are, with the first. */
  onChannel: (channel: DataChannel, count: number) => void
  /** Closes what was opened: only when neither side sends any more. */
  closing: AbortSignal
}

/** Takes part in the associations the sender opens, until the transfer is over; never rejects. */
export async function acceptAssociations(accepting: AcceptingAssociations): Promise<void> {
  const { control, connection, limit, onChannel, closing } = accepting
  const opened = new Map<number, OpenedAssociation>()
  let count = 1
  try {
    for await (const { id, message } of control.associations({ signal: closing })) {
      const known = opened.get(id)
      if (known) {
        known.onMessage(message)
        continue
      }
      if (opened.size >= limit)
        throw new PeerError('PROTOCOL_VIOLATION', `The sender opens more than ${limit} associations.`)
      const association = beginAssociation(
        'answerer',
        connection,
        (answer) => control.send({ type: 'association', id, message: answer }),
        { signal: closing },
      )
      opened.set(id, association)
      association.onMessage(message)
      void association.opened.then(
        () => onChannel(association.channel, ++count),
        () => undefined,
      )
    }
  } catch {
    // The transfer is over, or the sender asks for more than was granted and gets no more.
  }
  await aborted(closing)
  for (const association of opened.values()) await association[Symbol.asyncDispose]()
}
