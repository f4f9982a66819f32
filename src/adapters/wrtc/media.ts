import type { AudioOutput, VideoOutput } from '../../media/ports.js'
import type { OpenTrackSink } from '../../media/track-hub.js'
import { uprightFrame } from '../../media/upright-frame.js'
import { binding } from './binding.js'

/** An outgoing video track fed by `write`; the native source copies the frame before it returns. */
export function openVideoOutput(): VideoOutput {
  const source = new binding.nonstandard.RTCVideoSource()
  const track = source.createTrack()
  return {
    track,
    write: ({ width, height, data }) => source.onFrame({ width, height, data }),
    [Symbol.asyncDispose]: async () => track.stop(),
  }
}

/** An outgoing audio track fed by `write`, in blocks of 10 ms. */
export function openAudioOutput(): AudioOutput {
  const source = new binding.nonstandard.RTCAudioSource()
  const track = source.createTrack()
  return {
    track,
    write: ({ samples, sampleRate, channelCount }) =>
      source.onData({
        samples,
        sampleRate,
        bitsPerSample: 16,
        channelCount,
        numberOfFrames: samples.length / channelCount,
      }),
    [Symbol.asyncDispose]: async () => track.stop(),
  }
}

/**
 * Calls `onFrame` for each decoded picture of a remote video track, or `onBlock` for each 10 ms of decoded audio, until
 * disposed; an open sink keeps the process alive. The first few blocks are 16 kHz silence before the decoder settles.
 */
export const openTrackSink: OpenTrackSink = ({ kind, track }, { onFrame, onBlock }) => {
  const { RTCAudioSink, RTCVideoSink } = binding.nonstandard
  if (kind === 'video') {
    const sink = new RTCVideoSink(track)
    sink.onframe = ({ frame }) => onFrame(uprightFrame(frame, frame.rotation ?? 0), performance.now())
    return { [Symbol.asyncDispose]: async () => sink.stop() }
  }
  const sink = new RTCAudioSink(track)
  sink.ondata = ({ samples, sampleRate, channelCount = 1 }) =>
    onBlock({ samples, sampleRate, channelCount }, performance.now())
  return { [Symbol.asyncDispose]: async () => sink.stop() }
}
