const HEADER_BYTES = 4
const STUN_HEADER_BYTES = 20

/** The largest thing that can be framed: a STUN message or ChannelData with a 16-bit length. */
const MAX_FRAME_BYTES = STUN_HEADER_BYTES + 0xffff

/**
 * Cuts what comes out of a TCP or TLS connection into STUN messages and ChannelData (RFC 8489 §6.2.2, RFC 8656
 * §12.5). Throws RangeError at the first bytes that are neither: nothing after them can be found again.
 */
export function createStreamFraming(onFrame: (frame: Uint8Array) => void): (chunk: Uint8Array) => void {
  let rest = new Uint8Array()
  return (chunk) => {
    let bytes = new Uint8Array(rest.length + chunk.length)
    bytes.set(rest)
    bytes.set(chunk, rest.length)
    for (let size = frameBytes(bytes); size !== undefined && size <= bytes.length; size = frameBytes(bytes)) {
      onFrame(bytes.subarray(0, size))
      bytes = bytes.subarray(size)
    }
    rest = bytes.length > MAX_FRAME_BYTES ? new Uint8Array() : bytes.slice()
  }
}

/** Undefined while the header is not there yet. */
function frameBytes(bytes: Uint8Array): number | undefined {
  if (bytes.length < HEADER_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const length = view.getUint16(2)
  switch (view.getUint8(0) >> 6) {
    case 0:
      return STUN_HEADER_BYTES + length
    case 1:
      return Math.ceil((HEADER_BYTES + length) / 4) * 4
    default:
      throw new RangeError('What came over the connection is neither STUN nor ChannelData.')
  }
}
