import { BLACK, WHITE, type Colour } from './colour.js'
import { drawDigits, textSize } from './digits.js'
import { createPicture, fillRectangle } from './picture.js'
import type { VideoPattern } from './ports.js'
import type { VideoSize } from './video-size.js'

const BAR_COLOUR: Colour = { y: 131, u: 156, v: 44 }

/** The flash begins with each second, together with `beep`; as long as that. */
const FLASH_SECONDS = 0.1

/** Parts of the picture that the time may take. */
const WIDTH_RATIO = 0.8
const HEIGHT_RATIO = 0.3

/**
 * The time since the start as HOURS:MINUTES:SECONDS:FRAME, a bar that fills once a second, and a square above them that
 * is white while each second begins. The picture follows from the index alone.
 */
export function createClock({ width, height, frameRate }: VideoSize): VideoPattern {
  const frame = createPicture(width, height, BLACK)
  const cell = cellSize(width, height)
  const place = layOut(width, height, cell)
  return {
    draw(frameIndex) {
      const second = Math.floor(frameIndex / frameRate + 1e-9)
      const frameOfSecond = frameIndex - Math.ceil(second * frameRate - 1e-9)
      const isFlashing = frameOfSecond < FLASH_SECONDS * frameRate
      const filled = Math.round((place.bar.width * (frameOfSecond + 1)) / Math.ceil(frameRate))
      fillRectangle(frame, place.time, BLACK)
      drawDigits(frame, timecode(second, frameOfSecond), { ...place.time, cell, colour: WHITE })
      fillRectangle(frame, place.bar, BLACK)
      fillRectangle(frame, { ...place.bar, width: filled }, BAR_COLOUR)
      fillRectangle(frame, place.flash, isFlashing ? WHITE : BLACK)
      return frame
    },
  }
}

/** `01:02:03:04`: frame 4 of that second; the hours go on beyond 99. */
export function timecode(second: number, frameOfSecond: number): string {
  const parts = [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60, frameOfSecond]
  return parts.map((part) => String(part).padStart(2, '0')).join(':')
}

const WIDEST = '00:00:00:00'

function cellSize(width: number, height: number): number {
  const one = textSize(WIDEST, 1)
  return Math.max(
    1,
    Math.floor(Math.min((width * WIDTH_RATIO) / one.width, (height * HEIGHT_RATIO) / one.height)),
  )
}

/** Even positions, so that a colour ends where its luma does. */
function layOut(width: number, height: number, cell: number) {
  const size = textSize(WIDEST, cell)
  const x = evenly((width - size.width) / 2)
  const y = evenly((height - size.height) / 2)
  const margin = evenly(2 * cell + 1)
  const side = evenly(4 * cell)
  return {
    time: { x, y, ...size },
    bar: { x, y: y + evenly(size.height + 1) + margin, width: evenly(size.width), height: margin },
    flash: { x: evenly((width - side) / 2), y: y - margin - side, width: side, height: side },
  }
}

function evenly(value: number): number {
  return 2 * Math.floor(value / 2)
}
