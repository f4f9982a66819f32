import { distance } from '../barcode/mark.js'

export interface FrameCount {
  /** Different pictures. */
  received: number
  /** Numbers between the first and the last one that arrived which never did. */
  lost: number
  /** Pictures that came once more. */
  duplicated: number
}

export interface FrameLedger {
  /** Takes the number of a picture that arrived. */
  add(id: number): void
  count(): FrameCount
}

/** How far back a picture is looked for that came late or again; at 60 frames per second these are 8 s. */
const WINDOW = 512

/** A jump of more than this, either way, is another numbering: a day at 60 frames per second. */
const MAX_GAP = 24 * 3600 * 60

/** Keeps account of numbered pictures, in bounded memory whatever the numbers are. */
export function createFrameLedger(): FrameLedger {
  const recent = new Set<number>()
  let newest: number | undefined
  let received = 0
  let lost = 0
  let duplicated = 0

  const restart = (id: number) => {
    recent.clear()
    recent.add(id)
    newest = id
    received++
  }
  const goOn = (id: number, steps: number) => {
    lost += steps - 1
    received++
    recent.add(id)
    // In the order they came, so the oldest are first.
    for (const old of recent) {
      if (recent.size <= WINDOW) break
      recent.delete(old)
    }
    newest = id
  }
  const lookBack = (id: number) => {
    if (recent.has(id)) {
      duplicated++
      return
    }
    lost = Math.max(0, lost - 1)
    received++
    recent.add(id)
  }

  return {
    add(id) {
      const steps = newest === undefined ? undefined : distance(newest, id)
      if (steps === undefined || steps > MAX_GAP || steps < -WINDOW) restart(id)
      else if (steps > 0) goOn(id, steps)
      else lookBack(id)
    },
    count: () => ({ received, lost, duplicated }),
  }
}
