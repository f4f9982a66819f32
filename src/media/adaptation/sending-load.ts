/** What was sent in an interval. */
export interface SendingSample {
  /** When the interval ended, on a monotonic clock. */
  atMs: number
  framesFed: number
  framesEncoded: number
  /** Mean quantiser of the encoded frames, in the codec's own scale. */
  qp: number | null
  codec: string | null
  /** Bits per second that were sent. */
  bitrate: number | null
  /** Bits per second that may be sent: the bound that was set, or what the path is thought to carry. */
  availableBitrate: number | null
}

/** `over`: the encoder leaves frames out or spoils them; `under`: it could do more than it is given. */
export interface SendingLoad {
  load: 'over' | 'fitting' | 'under'
  /** Frames encoded of those fed, at most 1. */
  encodedRatio: number
}

/** Quantisers between which an encoder is left alone; those of libwebrtc's own quality scaler. */
const QP_THRESHOLDS: Readonly<Record<string, { low: number; high: number }>> = {
  VP8: { low: 29, high: 95 },
  VP9: { low: 96, high: 185 },
  AV1: { low: 145, high: 205 },
}

/** An encoder that is too slow, or has too few bits, leaves out more than a frame now and then. */
const MIN_ENCODED_RATIO = 0.7

/** Frames on their way are fed and not yet encoded. */
const WHOLE_ENCODED_RATIO = 0.85

/** Of what is available; an encoder that uses less has all it wants. */
const SPARE_BITRATE_RATIO = 0.6
const BANDWIDTH_LIMITED_RATIO = 0.7

/** Judges what was sent over some intervals that belong together. */
export function loadOf(samples: readonly SendingSample[]): SendingLoad {
  const fed = samples.reduce((sum, { framesFed }) => sum + framesFed, 0)
  const encoded = samples.reduce((sum, { framesEncoded }) => sum + framesEncoded, 0)
  const encodedRatio = fed === 0 ? 1 : Math.min(1, encoded / fed)
  const strain = strainOf(samples)
  if (encodedRatio < MIN_ENCODED_RATIO || strain === 'over') return { load: 'over', encodedRatio }
  return { load: encodedRatio >= WHOLE_ENCODED_RATIO ? strain : 'fitting', encodedRatio }
}

/** What holds the encoder back: it is short of bits where it uses them all or is coarse, and otherwise of time. */
export function limitationOf(sample: SendingSample): 'bandwidth' | 'cpu' {
  const { bitrate, availableBitrate } = sample
  if (bitrate === null || availableBitrate === null || coarsenessOf(sample) === 'over') return 'bandwidth'
  return bitrate >= availableBitrate * BANDWIDTH_LIMITED_RATIO ? 'bandwidth' : 'cpu'
}

/** How coarse the encoder had to be, in all of the intervals. */
function strainOf(samples: readonly SendingSample[]): SendingLoad['load'] {
  const [first = 'fitting', ...others] = samples.map(coarsenessOf)
  return others.every((strain) => strain === first) ? first : 'fitting'
}

function coarsenessOf({ qp, codec, bitrate, availableBitrate }: SendingSample): SendingLoad['load'] {
  const thresholds = QP_THRESHOLDS[codec ?? '']
  if (qp === null || thresholds === undefined) {
    const isSpare =
      bitrate !== null && availableBitrate !== null && bitrate < availableBitrate * SPARE_BITRATE_RATIO
    return isSpare ? 'under' : 'fitting'
  }
  if (qp > thresholds.high) return 'over'
  return qp < (thresholds.low + thresholds.high) / 2 ? 'under' : 'fitting'
}
