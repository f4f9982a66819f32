import type { GroupSync } from './group-sync.js'

/** Up to so many are synced one by one: a sync of the file system also waits for what other programs wrote. */
const MAX_ONE_BY_ONE = 8

/** Syncs that are under way at the same time: Node has four threads for them. */
const MAX_AT_ONCE = 4

export interface SyncTogetherOptions<T> {
  syncOne: (item: T) => Promise<void>
  /** Syncs all of them at once; without it, or where it fails, each is synced by itself. */
  together: GroupSync | undefined
  /** Others follow soon, and may share the sync. */
  more: boolean
}

/** Makes all of these last through a power failure: many of them with one sync, where the system has that. */
export async function syncTogether<T>(
  items: readonly T[],
  { syncOne, together, more }: SyncTogetherOptions<T>,
): Promise<void> {
  const isMany = more || items.length > MAX_ONE_BY_ONE
  if (isMany && together && (await succeeds(together.sync({ more })))) return
  const waiting = items.values()
  const syncRest = async () => {
    for (const item of waiting) await syncOne(item)
  }
  await Promise.all(Array.from({ length: MAX_AT_ONCE }, syncRest))
}

function succeeds(attempt: Promise<void>): Promise<boolean> {
  return attempt.then(
    () => true,
    () => false,
  )
}
