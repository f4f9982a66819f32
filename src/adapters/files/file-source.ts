import type { BigIntStats } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { PeerError } from '../../errors.js'
import type { FileSource } from '../../transfer/ports.js'
import { describeSystemError } from './system-error.js'

/** Opens a regular file for sending; INPUT_UNREADABLE says what stands in the way. */
export async function openFileSource(path: string): Promise<FileSource> {
  const handle = await openForReading(path)
  try {
    const stats = await handle.stat({ bigint: true })
    if (!stats.isFile()) {
      const kind = stats.isDirectory() ? 'a directory' : 'not a regular file'
      throw new PeerError('INPUT_UNREADABLE', `Cannot send ${path}: it is ${kind}.`, {
        hint: 'One regular file can be sent at a time.',
      })
    }
    return new OpenFile(path, handle, stats)
  } catch (error) {
    await handle.close()
    throw error
  }
}

class OpenFile implements FileSource {
  readonly name: string
  readonly size: number
  readonly #path: string
  readonly #handle: FileHandle
  readonly #opened: BigIntStats

  constructor(path: string, handle: FileHandle, stats: BigIntStats) {
    this.name = basename(resolve(path))
    this.size = Number(stats.size)
    this.#path = path
    this.#handle = handle
    this.#opened = stats
  }

  async read(target: Uint8Array, offset: number): Promise<number> {
    let bytes = 0
    try {
      while (bytes < target.byteLength) {
        const { bytesRead } = await this.#handle.read(
          target,
          bytes,
          target.byteLength - bytes,
          offset + bytes,
        )
        if (bytesRead === 0) break
        bytes += bytesRead
      }
    } catch (cause) {
      throw new PeerError('IO_ERROR', `Cannot read ${this.#path}: ${describeSystemError(cause)}.`, { cause })
    }
    return bytes
  }

  async assertUnchanged(): Promise<void> {
    const now = await this.#handle.stat({ bigint: true })
    if (now.size === this.#opened.size && now.mtimeNs === this.#opened.mtimeNs) return
    throw new PeerError('SOURCE_CHANGED', `${this.#path} changed while it was being sent.`, {
      hint: 'Send it again when nothing writes to it.',
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close().catch(() => undefined)
  }
}

async function openForReading(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (cause) {
    throw new PeerError('INPUT_UNREADABLE', `Cannot read ${path}: ${describeSystemError(cause)}.`, { cause })
  }
}
