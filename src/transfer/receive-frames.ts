import { PeerError } from '../errors.js'
import type { DataChannel } from '../session/ports.js'
import { decodeFrame, encodeAckFrame, MAX_FRAME_SPAN, type DataFrame } from './frame.js'
import type { ChunkCodec } from './ports.js'

export interface ReceiveFramesOptions {
  windowBytes: number
  /** Resolves when there is room for more; only then the frame is acknowledged. */
  take: (file: number, offset: number, chunk: Uint8Array) => Promise<void>
  /** What encoded frames are decoded with; without it there must be none. */
  codec?: ChunkCodec | undefined
  signal: AbortSignal
}

/** Reads the DATA frames of one channel and acknowledges each once it was taken; rejects when the channel closes. */
export async function receiveFrames(
  channel: DataChannel,
  { windowBytes, take, codec, signal }: ReceiveFramesOptions,
): Promise<void> {
  const beyond = new Set<number>()
  let below = 0
  for await (const message of channel.messages({ signal })) {
    const frame = decodeFrame(message)
    if (frame.type !== 'data')
      throw new PeerError('PROTOCOL_VIOLATION', 'The sender sent an ACK instead of data.')
    const { sequence, file, offset } = frame
    if (sequence < below || beyond.has(sequence) || sequence >= below + MAX_FRAME_SPAN) {
      throw new PeerError('PROTOCOL_VIOLATION', `The sender repeated or invented frame ${sequence}.`)
    }
    await take(file, offset, await contentOf(frame, codec))
    beyond.add(sequence)
    while (beyond.delete(below)) below++
    await channel.send(encodeAckFrame(below, windowBytes, Array.from(beyond)), { signal })
  }
  throw new PeerError('PEER_LOST', 'The peer closed the connection during the transfer.')
}

async function contentOf({ chunk, encoded }: DataFrame, codec: ChunkCodec | undefined): Promise<Uint8Array> {
  if (!encoded) return chunk
  if (codec) return codec.decode(chunk, encoded.contentBytes)
  throw new PeerError('PROTOCOL_VIOLATION', 'The sender compressed what was to come as it is.')
}
