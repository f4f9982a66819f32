import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { onTestFinished } from 'vitest'

const BLOCK_BYTES = 1024 * 1024

/** A directory of the test's own, removed with it. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'webrtc-cli-test-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

/** Writes a file of random content; one block is repeated with its index in front, so that it is cheap to make. */
export async function writeRandomFile(path: string, bytes: number): Promise<void> {
  const block = randomBytes(BLOCK_BYTES)
  const file = await open(path, 'w')
  try {
    for (let offset = 0; offset < bytes; offset += BLOCK_BYTES) {
      block.writeDoubleBE(offset, 0)
      await file.write(block, 0, Math.min(BLOCK_BYTES, bytes - offset))
    }
  } finally {
    await file.close()
  }
}

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
