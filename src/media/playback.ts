import type { ByteReader } from './byte-reader.js'

export interface Playback {
  /** Milliseconds from the beginning of the input. */
  startMs?: number | undefined
  /** From its beginning again at its end, without end. */
  loop?: boolean | undefined
}

export interface RepeatOptions extends Playback {
  /** A reader that stands after the header of the input, from its beginning. */
  open: () => Promise<ByteReader>
  /** Fills the target with the next picture or block; false at the end. */
  read: (reader: ByteReader, target: Uint8Array) => Promise<boolean>
  /** How many of them fill a second. */
  perSecond: number
}

/** Reads an input from `startMs` on, and with `loop` again and again; one that is empty ends all the same. */
export async function repeatedly({ open, read, perSecond, startMs = 0, loop = false }: RepeatOptions) {
  let reader = await open()
  let toSkip = Math.round((startMs / 1000) * perSecond)
  let isEmpty = true
  return async (target: Uint8Array): Promise<boolean> => {
    for (; toSkip > 0; toSkip--) if (!(await read(reader, target))) return false
    if (await read(reader, target)) {
      isEmpty = false
      return true
    }
    if (!loop || isEmpty) return false
    reader = await open()
    return read(reader, target)
  }
}
