import { closeSync, fstatSync, openSync, readSync, type BigIntStats } from 'node:fs'
import { PeerError } from '../../errors.js'
import { READ_FLAGS, unreadable, type Listed } from './list-tree.js'
import { describeSystemError } from './system-error.js'

/**
 * Fills `target` with the whole of a small file. It blocks, for the microseconds that this takes: handing each call to a
 * thread takes many times as long. Throws INPUT_UNREADABLE, or SOURCE_CHANGED for one that is no longer what was listed.
 */
export function readSmallFile(listed: Listed, target: Uint8Array): void {
  const file = open(listed.path)
  try {
    const bytes = fill(file, target, listed)
    assertSame(fstatSync(file, { bigint: true }), listed)
    if (bytes !== target.byteLength) throw sourceChanged(listed)
  } finally {
    closeSync(file)
  }
}

/** Throws SOURCE_CHANGED when the file is no longer the one that was listed. */
export function assertSame({ size, mtimeNs, ino }: BigIntStats, listed: Listed): void {
  const { stats } = listed
  if (size !== stats.size || mtimeNs !== stats.mtimeNs || ino !== stats.ino) throw sourceChanged(listed)
}

function sourceChanged({ path }: Listed): PeerError {
  return new PeerError('SOURCE_CHANGED', `${path} changed while it was being sent.`, {
    hint: 'Send it again when nothing writes to it.',
  })
}

function open(path: string): number {
  try {
    return openSync(path, READ_FLAGS)
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

function fill(file: number, target: Uint8Array, listed: Listed): number {
  let bytes = 0
  try {
    for (let read = -1; read !== 0 && bytes < target.byteLength; bytes += read)
      read = readSync(file, target, bytes, target.byteLength - bytes, bytes)
  } catch (cause) {
    assertSame(fstatSync(file, { bigint: true }), listed) // of something else it means nothing
    throw new PeerError('IO_ERROR', `Cannot read ${listed.path}: ${describeSystemError(cause)}.`, { cause })
  }
  return bytes
}
