import { aborted } from '../async/abortable.js'
import { PeerError } from '../errors.js'
import type { DataChannel } from '../session/ports.js'
import { beginAssociation, type AssociationConnection, type OpenedAssociation } from './open-association.js'
import type { AssociationMessage, TransferControl } from './transfer-control.js'

export interface AcceptingAssociations {
  control: TransferControl
  connection: AssociationConnection
  /** How many the sender may have beside the first at the same time. */
  limit: number
  /** A channel is open; the signal aborts when it is used no more, and then nothing may be sent on it. */
  onChannel: (channel: DataChannel, signal: AbortSignal) => void
  /** How many there are, with the first. */
  onCount: (count: number) => void
  /** Closes what was opened: only when neither side sends any more. */
  closing: AbortSignal
}

interface Accepted {
  association: OpenedAssociation
  ending: AbortController
}

/** Takes part in the associations the sender opens, until the transfer is over; never rejects. */
export async function acceptAssociations(accepting: AcceptingAssociations): Promise<void> {
  const { control, closing } = accepting
  const accepted = new Map<number, Accepted>()
  try {
    for await (const message of control.associations({ signal: closing })) take(message, accepted, accepting)
  } catch {
    // The transfer is over, or the sender asks for more than was granted and gets no more.
  }
  await aborted(closing)
  for (const { association } of accepted.values()) await association[Symbol.asyncDispose]()
}

function take(
  message: AssociationMessage,
  accepted: Map<number, Accepted>,
  accepting: AcceptingAssociations,
): void {
  const { id } = message
  const known = accepted.get(id)
  if (message.type === 'association-end') {
    accepted.delete(id)
    accepting.onCount(accepted.size + 1)
    known?.ending.abort(new PeerError('PEER_LOST', 'The sender uses the association no more.'))
    void known?.association[Symbol.asyncDispose]() // never rejects
    return
  }
  if (known) return known.association.onMessage(message.message)
  if (accepted.size >= accepting.limit) {
    throw new PeerError(
      'PROTOCOL_VIOLATION',
      `The sender opens more than ${accepting.limit} associations at once.`,
    )
  }
  accepted.set(id, accept(message, accepted, accepting))
}

function accept(
  { id, transport, message }: Extract<AssociationMessage, { type: 'association' }>,
  accepted: ReadonlyMap<number, Accepted>,
  { control, connection, onChannel, onCount, closing }: AcceptingAssociations,
): Accepted {
  const ending = new AbortController()
  const association = beginAssociation(
    'answerer',
    transport,
    connection,
    (answer) => control.send({ type: 'association', id, transport, message: answer }),
    { signal: closing },
  )
  association.onMessage(message)
  void association.opened.then(
    () => {
      onChannel(association.channel, ending.signal)
      onCount(accepted.size + 1)
    },
    () => undefined,
  )
  return { association, ending }
}
