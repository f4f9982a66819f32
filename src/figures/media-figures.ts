import type { PeerEventOf } from '../events.js'
import type { Figure } from './figure.js'
import type { FigureKind } from './figure-kind.js'

const NO_PICTURES = 'no video arrived'
const NO_BARCODE = 'no video with a barcode arrived; synthetic sources have one unless --no-barcode is given'
const NO_LATENCY = `${NO_BARCODE}, or the peer does not tell its time`
const NO_LIKENESS = `${NO_BARCODE}, or the peer does not say what it draws`

/** What was measured on the pictures that arrived; of several video tracks the one reported last. */
export function mediaFigures(): Figure[] {
  const figure = (
    name: string,
    kind: FigureKind,
    read: (event: PeerEventOf<'media'>) => number | null | undefined,
    { from, describe, absent }: Pick<Figure, 'from' | 'describe' | 'absent'>,
  ): Figure => ({
    name: `media.${name}`,
    kind,
    source: {
      over: 'once',
      read: (event) => (event.event === 'media' ? (read(event) ?? undefined) : undefined),
    },
    from: `\`media\`.${from}`,
    describe,
    absent,
  })
  const counted = (
    name: 'framesReceived' | 'framesLost' | 'framesDuplicated' | 'freezes',
    describe: string,
  ) =>
    figure(name, 'count', (event) => event[name], {
      from: name,
      describe,
      absent: name === 'framesReceived' || name === 'freezes' ? NO_PICTURES : NO_BARCODE,
    })
  const latency = (part: 'p50' | 'p95' | 'max', describe: string) =>
    figure(`latency.${part}`, 'time', ({ latencyMs }) => latencyMs?.[part], {
      from: `latencyMs.${part}`,
      describe,
      absent: NO_LATENCY,
    })
  return [
    counted('framesReceived', 'frames that arrived decoded'),
    counted('framesLost', 'frames that never arrived, by number'),
    counted('framesDuplicated', 'frames that came again'),
    counted('freezes', 'as in W3C freezeCount, measured on the frames'),
    latency('p50', 'from drawn to decoded, median of all frames'),
    latency('p95', '95 % of the frames took no longer'),
    latency('max', 'the slowest frame'),
    figure('psnr', 'number', ({ psnr }) => psnr, {
      from: 'psnr',
      describe: 'dB against the frames that were drawn, 100 for the same',
      absent: NO_LIKENESS,
    }),
    figure('ssim', 'number', ({ ssim }) => ssim, {
      from: 'ssim',
      describe: 'structural similarity, 1 for the same',
      absent: NO_LIKENESS,
    }),
    figure('skew', 'time', ({ skewMs }) => (skewMs === null ? null : Math.abs(skewMs)), {
      from: 'skewMs',
      describe: 'between sound and picture, whichever is late',
      absent: 'no beeps arrived beside pictures with a barcode: send --audio beep',
    }),
    figure('still', 'time', ({ stillMs }) => stillMs, {
      from: 'stillMs',
      describe: 'in which nothing changed for a second or more',
      absent: NO_PICTURES,
    }),
    figure('black', 'time', ({ blackMs }) => blackMs, {
      from: 'blackMs',
      describe: 'in which the picture was black',
      absent: NO_PICTURES,
    }),
  ]
}
