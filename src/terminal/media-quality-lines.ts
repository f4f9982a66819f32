import type { PeerEventOf } from '../events.js'
import { wrapLabelled } from './columns.js'
import { formatBitrate, formatCount, formatDuration } from './format.js'
import { plainLines, type OutputLine } from './output-line.js'
import { STATS_WIDTH } from './stats-table.js'

/** That pictures are sent smaller or more rarely, or as they are again. */
export function adaptationLines(event: PeerEventOf<'adaptation'>): OutputLine[] {
  const { width, height, frameRate, qualityLimitationReason, availableBitrate } = event
  const limit = availableBitrate === null ? '' : ` than ${formatBitrate(availableBitrate)}`
  const why = {
    none: '',
    bandwidth: `: no more${limit} can be sent`,
    cpu: ': the processor does no more',
  }[qualityLimitationReason]
  return plainLines('talk', `video is sent at ${width}x${height}, ${Number(frameRate.toFixed(1))} fps${why}`)
}

/** What came of a video track, one fact after the other; what could not be measured is left out. */
export function mediaLines(event: PeerEventOf<'media'>, { width = STATS_WIDTH } = {}): OutputLine[] {
  const { framesReceived, framesLost, framesDuplicated, freezes, freezeMs, latencyMs } = event
  const { skewMs, psnr, ssim, blackMs, stillMs } = event
  const facts = [
    formatCount(framesReceived, 'frame'),
    framesLost === null ? '' : `${framesLost} lost`,
    framesDuplicated === null || framesDuplicated === 0 ? '' : `${framesDuplicated} twice`,
    freezes === 0 ? 'no freeze' : `${formatCount(freezes, 'freeze')} of ${formatDuration(freezeMs)} in all`,
    latencyMs === null ? '' : latencyText(latencyMs),
    skewMs === null ? '' : `sound ${Math.abs(skewMs).toFixed(0)} ms ${skewMs < 0 ? 'early' : 'late'}`,
    psnr === null ? '' : `PSNR ${psnr.toFixed(1)} dB`,
    ssim === null ? '' : `SSIM ${ssim.toFixed(3)}`,
    blackMs === 0 ? '' : `black for ${formatDuration(blackMs)}`,
    stillMs === 0 ? '' : `still for ${formatDuration(stillMs)}`,
  ]
  const text = facts.filter((fact) => fact !== '').join(', ')
  return plainLines('result', ...wrapLabelled('video arrived: ', text, width))
}

function latencyText({ p50, p95, max }: NonNullable<PeerEventOf<'media'>['latencyMs']>): string {
  return `latency ${p50.toFixed(0)} ms, 95 % within ${p95.toFixed(0)} ms, at most ${max.toFixed(0)} ms`
}
