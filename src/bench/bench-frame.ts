/** What is in a binary message of a bench: eight bytes of head, then nothing that matters. */
export type BenchFrame = { kind: FrameKind; id: number; number: number }
export type FrameKind = 'ping' | 'pong' | 'data' | 'end'

export const FRAME_HEAD_BYTES = 8

const KINDS: readonly FrameKind[] = ['ping', 'pong', 'data', 'end']

/** Writes the head of a message in place; `number` counts messages, in `end` it is how many there were. */
export function writeFrame(bytes: Uint8Array, { kind, id, number }: BenchFrame): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, FRAME_HEAD_BYTES)
  view.setUint16(0, KINDS.indexOf(kind))
  view.setUint16(2, id)
  view.setUint32(4, number)
  return bytes
}

/** Undefined where it is none. */
export function readFrame(message: string | Uint8Array): BenchFrame | undefined {
  if (typeof message === 'string' || message.byteLength < FRAME_HEAD_BYTES) return undefined
  const view = new DataView(message.buffer, message.byteOffset, FRAME_HEAD_BYTES)
  const kind = KINDS[view.getUint16(0)]
  return kind === undefined ? undefined : { kind, id: view.getUint16(2), number: view.getUint32(4) }
}
