import { PeerError } from '../errors.js'
import type { DataChannel } from '../session/ports.js'
import { decodeFrame, encodeAckFrame } from './frame.js'

export interface ReceiveFramesOptions {
  windowBytes: number
  /** Resolves when there is room for more; only then the frame is acknowledged. */
  take: (file: number, offset: number, chunk: Uint8Array) => Promise<void>
  signal: AbortSignal
}

/** Reads the DATA frames of one channel and acknowledges each once it was taken; rejects when the channel closes. */
export async function receiveFrames(
  channel: DataChannel,
  { windowBytes, take, signal }: ReceiveFramesOptions,
): Promise<void> {
  const beyond = new Set<number>()
  let below = 0
  for await (const message of channel.messages({ signal })) {
    const frame = decodeFrame(message)
    if (frame.type !== 'data')
      throw new PeerError('PROTOCOL_VIOLATION', 'The sender sent an ACK instead of data.')
    const { sequence, file, offset, chunk } = frame
    // One window holds at most this many frames; a number beyond is made up.
    if (sequence < below || beyond.has(sequence) || sequence > below + windowBytes) {
      throw new PeerError('PROTOCOL_VIOLATION', `The sender repeated or invented frame ${sequence}.`)
    }
    await take(file, offset, chunk)
    beyond.add(sequence)
    while (beyond.delete(below)) below++
    await channel.send(encodeAckFrame(below, windowBytes, Array.from(beyond)), { signal })
  }
  throw new PeerError('PEER_LOST', 'The peer closed the connection during the transfer.')
}
