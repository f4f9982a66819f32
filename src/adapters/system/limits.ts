import { readFile } from 'node:fs/promises'

export interface SystemLimits {
  /** Bytes a UDP socket buffers unless it asks for more. */
  receiveBufferDefault: number | null
  receiveBufferMax: number | null
  openFiles: number | null
  openFilesMax: number | null
}

/** The limits of this system and process that matter to a peer; null for what it does not tell. */
export async function readSystemLimits(): Promise<SystemLimits> {
  const [receiveBufferDefault, receiveBufferMax, limits] = await Promise.all([
    readNumber('/proc/sys/net/core/rmem_default'),
    readNumber('/proc/sys/net/core/rmem_max'),
    readText('/proc/self/limits'),
  ])
  const [, openFiles, openFilesMax] =
    /^Max open files\s+(\d+|unlimited)\s+(\d+|unlimited)/m.exec(limits ?? '') ?? []
  return {
    receiveBufferDefault,
    receiveBufferMax,
    openFiles: parseNumber(openFiles),
    openFilesMax: parseNumber(openFilesMax),
  }
}

async function readNumber(path: string): Promise<number | null> {
  return parseNumber((await readText(path))?.trim())
}

function parseNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null
}

/** Undefined where there is no such file: not Linux, or a sandbox that hides it. */
function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}
