import type { CreateHash } from './ports.js'
import { GROUP_BYTES, GROUP_DIGEST_LENGTH } from './transfer-message.js'

/** Hex digits of SHA-256 that name a group: 16 bytes, beyond any accident; the whole file's hash guards the rest. */
const DIGEST_HEX = 32

/** The name of one group's content, as it stands in a `have` message. */
export function groupDigest(group: Uint8Array, createHash: CreateHash): string {
  const hash = createHash()
  hash.update(group)
  const bytes = (hash.digestHex().slice(0, DIGEST_HEX).match(/../g) ?? []).map((pair) =>
    Number.parseInt(pair, 16),
  )
  return btoa(String.fromCharCode(...bytes))
}

/** What the receiver says it has of one file, by group number. */
export class ClaimedGroups {
  readonly #digests = new Map<number, string>()

  add(first: number, digests: string): void {
    for (let index = 0; (index + 1) * GROUP_DIGEST_LENGTH <= digests.length; index++) {
      const start = index * GROUP_DIGEST_LENGTH
      this.#digests.set(first + index, digests.slice(start, start + GROUP_DIGEST_LENGTH))
    }
  }

  /** Whether the group that begins at `offset` is there with the same content. */
  has(offset: number, group: Uint8Array, createHash: CreateHash): boolean {
    const claimed = this.#digests.get(offset / GROUP_BYTES)
    return claimed !== undefined && claimed === groupDigest(group, createHash)
  }
}
