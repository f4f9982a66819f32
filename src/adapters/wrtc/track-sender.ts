import type { EncodingParameters, RawStats, TrackSender } from '../../session/ports.js'
import type { NativeSendParameters, NativeSender } from './binding.js'

export interface TrackSenderOptions {
  parameters: EncodingParameters
  /** Those that have to do with the track. */
  getStats: () => Promise<RawStats[]>
  /** Bounds a native call and names its failure. */
  call: (start: () => Promise<void>) => Promise<void>
}

/**
 * The sender of one track. The binding's setParameters() takes nothing that its own getParameters() gives (node-webrtc
 * issue 613): what it spoils is mended on the way back.
 */
export class WrtcTrackSender implements TrackSender {
  readonly #native: NativeSender
  readonly #options: TrackSenderOptions
  #parameters: EncodingParameters
  #isNegotiated = false
  /** One change after the other: each is made from what the one before left. */
  #changing: Promise<void> = Promise.resolve()

  constructor(native: NativeSender, options: TrackSenderOptions) {
    this.#native = native
    this.#options = options
    this.#parameters = options.parameters
  }

  async setParameters(parameters: EncodingParameters): Promise<void> {
    this.#parameters = parameters
    if (this.#isNegotiated) await this.#apply()
  }

  /** There is a stream from now on, or another one. */
  async onNegotiated(): Promise<void> {
    this.#isNegotiated = true
    const isAsked = Object.values(this.#parameters).some((value) => value !== undefined)
    if (isAsked) await this.#apply()
  }

  getStats(): Promise<RawStats[]> {
    return this.#options.getStats()
  }

  async #apply(): Promise<void> {
    const change = this.#changing.then(() => this.#change())
    // Its failure is its caller's; the next change is not held up by it.
    this.#changing = change.catch(() => undefined)
    await change
  }

  async #change(): Promise<void> {
    const stream = (await this.#options.getStats()).find(({ type }) => type === 'outbound-rtp')
    const ssrc = stream?.['ssrc']
    // The peer does not take the track.
    if (typeof ssrc !== 'number') return
    await this.#options.call(() =>
      this.#native.setParameters(changed(this.#native.getParameters(), ssrc, this.#parameters)),
    )
  }
}

function changed(
  native: NativeSendParameters,
  ssrc: number,
  { maxBitrate, scaleResolutionDownBy = 1 }: EncodingParameters,
): NativeSendParameters {
  return {
    ...native,
    codecs: native.codecs.map(({ sdpFmtpLine, ...codec }) => ({
      ...codec,
      ...(sdpFmtpLine === undefined ? {} : { sdpFmtpLine: parametersOf(sdpFmtpLine) }),
    })),
    encodings: native.encodings.map(({ maxBitrate: _before, ...encoding }) => ({
      ...encoding,
      ssrc,
      scaleResolutionDownBy,
      ...(maxBitrate === undefined ? {} : { maxBitrate }),
    })),
  }
}

/** `a=fmtp:97 apt=96; x=1` is given where `apt=96;x=1` is taken. */
function parametersOf(fmtpLine: string): string {
  return fmtpLine.replace(/^a=fmtp:\d+ /, '').replaceAll('; ', ';')
}
