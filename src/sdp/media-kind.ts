/** What a track, its sender and its m-section are of (W3C MediaStreamTrack.kind). */
export type MediaKind = 'audio' | 'video'
