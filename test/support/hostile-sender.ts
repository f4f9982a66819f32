import { readdir } from 'node:fs/promises'
import { createDeflate } from '../../src/adapters/files/deflate.js'
import { createSha256 } from '../../src/adapters/files/sha256.js'
import { openTargetTree } from '../../src/adapters/files/target-tree.js'
import { encodeDataFrame, type DataFrame } from '../../src/transfer/frame.js'
import type { ManifestEntry } from '../../src/transfer/manifest.js'
import { receiveTransfer, type ReceiveTransferOptions } from '../../src/transfer/receive-transfer.js'
import type { TransferMessage } from '../../src/transfer/transfer-message.js'
import { temporaryDirectory } from './files.js'
import { echoCancel } from './hostile-receiver.js'
import { createTransferChannelPair } from './transfer-channels.js'

export interface HostileSend {
  /** Strings go out as they are. */
  messages: readonly (TransferMessage | string)[]
  frames?: readonly Uint8Array[]
  /** Of the receiver, instead of a directory of its own. */
  receiver?: Partial<ReceiveTransferOptions>
}

/** An entry and an offer of it. */
export function offerOf(...entries: Partial<ManifestEntry>[]): TransferMessage[] {
  const listed = entries.map((entry): ManifestEntry => ({
    path: 'a',
    type: 'file',
    size: 4,
    mode: 0o644,
    mtimeMs: 0,
    ...entry,
  }))
  const bytes = listed.reduce((sum, { size }) => sum + size, 0)
  return [
    { type: 'entries', entries: listed },
    { type: 'offer', version: 1, count: listed.length, bytes },
  ]
}

/** A DATA frame of zeros. */
export function zeros(
  bytes: number,
  { sequence = 0, file = 0, offset = 0 }: Partial<DataFrame> = {},
): Uint8Array {
  return encodeDataFrame({ sequence, file, offset, chunk: new Uint8Array(bytes) })
}

/** A sender that says exactly this to a real receiver; how that one ends, and what it left in its directory. */
export async function receiveFrom({ messages, frames = [], receiver = {} }: HostileSend) {
  const directory = await temporaryDirectory()
  const { left, right } = createTransferChannelPair()
  void echoCancel(left.control) // never rejects
  const receiving = receiveTransfer(right, {
    createHash: createSha256,
    codec: createDeflate(),
    target: openTargetTree(`${directory}/`),
    accept: () => Promise.resolve(true),
    ...receiver,
  })
  const outcome = receiving.then(
    () => 'received',
    (error: unknown) => error,
  )
  for (const message of messages)
    await left.control.send(typeof message === 'string' ? message : JSON.stringify(message))
  for (const bytes of frames) await left.data.send(bytes)
  return { outcome: await outcome, files: await readdir(directory) }
}
