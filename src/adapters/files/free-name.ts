import { lstat } from 'node:fs/promises'
import { join } from 'node:path'

/** `name`, or where that is taken in the directory the first of `name (1)`, `name (2)`, ... that is not. */
export async function freeName(directory: string, name: string): Promise<string> {
  const dot = name.lastIndexOf('.')
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  for (let number = 0; ; number++) {
    const candidate = number === 0 ? name : `${stem} (${number})${extension}`
    const taken = await lstat(join(directory, candidate)).catch(() => undefined)
    if (!taken) return candidate
  }
}
