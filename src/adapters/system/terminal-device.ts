import { constants, writeSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'

const DEVICE = '/dev/tty'

/**
 * The terminal of this process, beside its standard streams: Node writes to those synchronously where they are a
 * terminal, so one that is slow or stopped would hold up the event loop.
 */
export interface TerminalDevice extends AsyncDisposable {
  /** Resolves when the terminal has taken all of it; never rejects. */
  write(text: string): Promise<void>
  /** Writes what it takes at once, for the last moment of a process. */
  writeNow(text: string): void
}

/** Undefined where the process has no terminal. */
export async function openTerminalDevice(): Promise<TerminalDevice | undefined> {
  try {
    const slow = await open(DEVICE, constants.O_WRONLY | constants.O_NOCTTY)
    const now = await open(DEVICE, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK)
    return new OpenTerminal(slow, now)
  } catch {
    return undefined
  }
}

class OpenTerminal implements TerminalDevice {
  readonly #slow: FileHandle
  readonly #now: FileHandle

  constructor(slow: FileHandle, now: FileHandle) {
    this.#slow = slow
    this.#now = now
  }

  async write(text: string): Promise<void> {
    // A terminal that is gone shows nothing more.
    await this.#slow.write(text).catch(() => undefined)
  }

  writeNow(text: string): void {
    try {
      writeSync(this.#now.fd, text)
    } catch {
      // It is stopped or gone.
    }
  }

  /** Does not wait for a terminal that takes nothing: what is being written goes with the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#now.close().catch(() => undefined)
  }
}
