import type { InputStream } from './line-input.js'

/** A terminal whose keys arrive one by one, without being echoed. */
export type KeyInput = InputStream & { setRawMode?: (isRaw: boolean) => unknown }

export interface ReadKeysOptions {
  onKey: (key: string) => void
  /** What Ctrl-C does while the terminal is in raw mode. */
  onInterrupt: () => void
}

const CTRL_C = '\u0003'

/**
 * Gives each key to `onKey` until disposed, where the input is a terminal; elsewhere there are none. Disposing gives
 * the terminal back as it was, and keeps nothing alive.
 */
export function readKeys(input: KeyInput, { onKey, onInterrupt }: ReadKeysOptions): Disposable {
  if (input.isTTY !== true || input.setRawMode === undefined) return { [Symbol.dispose]: () => undefined }
  const onData = (chunk: Buffer | string) => {
    for (const key of String(chunk)) {
      if (key === CTRL_C) onInterrupt()
      else onKey(key)
    }
  }
  input.setRawMode(true)
  input.on('data', onData)
  input.resume()
  return {
    [Symbol.dispose]() {
      input.off('data', onData)
      input.setRawMode?.(false)
      input.pause()
    },
  }
}
