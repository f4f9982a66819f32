import { createSha256 } from '../../src/adapters/files/sha256.js'
import type { DataChannel } from '../../src/session/ports.js'
import type { SourceTree } from '../../src/transfer/ports.js'
import { sendTransfer } from '../../src/transfer/send-transfer.js'
import type { TransferChannels } from '../../src/transfer/transfer-channels.js'
import { createTransferChannelPair } from './transfer-channels.js'

/** What an honest sender ends with when the other side does this. */
export async function sendTo(
  source: SourceTree,
  misbehave: (channels: TransferChannels) => Promise<void>,
): Promise<unknown> {
  const { left, right } = createTransferChannelPair()
  void echoCancel(right.control) // never rejects
  const outcome = sendTransfer(left, source, { createHash: createSha256 }).then(
    () => 'sent',
    (error: unknown) => error,
  )
  await misbehave(right)
  return outcome
}

/** The one courtesy of a hostile peer: it answers a cancel, so that nobody waits for that. */
export async function echoCancel(control: DataChannel): Promise<void> {
  for await (const message of control.messages()) {
    if (!String(message).includes('"type":"cancel"')) continue
    await control.send(String(message)).catch(() => undefined)
  }
}
