import type { EncodingParameters, PeerConnection, RawStats, TrackSender } from '../session/ports.js'

/**
 * One track that is sent: what feeds it (its source, and whether it is live, muted or paused) and how it is encoded.
 * Both can be changed at any time, before a connection carries it and while one does.
 */
export class TrackSending<Fed> {
  readonly feed: Fed
  readonly #track: MediaStreamTrack
  #parameters: EncodingParameters
  #sender: TrackSender | undefined

  constructor(feed: Fed, track: MediaStreamTrack, parameters: EncodingParameters = {}) {
    this.feed = feed
    this.#track = track
    this.#parameters = parameters
  }

  get parameters(): EncodingParameters {
    return this.#parameters
  }

  /** Sends the track over the connection; the last one that it was added to is the one that counts. */
  addTo(connection: PeerConnection): void {
    this.#sender = connection.addTrack(this.#track, this.#parameters)
  }

  /** Changes what is named and keeps the rest; undefined leaves it to the stack again. */
  async setParameters(change: EncodingParameters): Promise<void> {
    this.#parameters = { ...this.#parameters, ...change }
    await this.#sender?.setParameters(this.#parameters)
  }

  /** What the connection that carries it knows of it; nothing where none does. */
  async getStats(): Promise<RawStats[]> {
    return (await this.#sender?.getStats()) ?? []
  }
}
