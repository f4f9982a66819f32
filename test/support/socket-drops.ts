import { readdir, readFile, readlink } from 'node:fs/promises'

/** Packets that found a UDP socket of this process full, which a busy machine has; 0 where there is no /proc. */
export async function packetsDroppedBySockets(): Promise<number> {
  const links = await Promise.all(
    (await namesIn('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  )
  const own = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []))
  const tables = await Promise.all(
    ['udp', 'udp6'].map((table) => readFile(`/proc/self/net/${table}`, 'utf8').catch(() => '')),
  )
  return tables
    .flatMap((table) => table.split('\n').slice(1))
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , , , , , , , , inode]) => inode !== undefined && own.has(inode))
    .reduce((total, row) => total + Number(row.at(-1)), 0)
}

async function namesIn(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => [])
}
