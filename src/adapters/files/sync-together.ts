/** Up to so many are synced one by one: a sync of the file system also waits for what other programs wrote. */
const MAX_ONE_BY_ONE = 8

/** Syncs that are under way at the same time: Node has four threads for them. */
const MAX_AT_ONCE = 4

export interface SyncTogetherOptions<T> {
  syncOne: (item: T) => Promise<void>
  /** Makes all of them last at once; without it, or where it fails, each is synced by itself. */
  syncAll: (() => Promise<void>) | undefined
}

/** Makes all of these last through a power failure: many of them with one sync, where the system has that. */
export async function syncTogether<T>(
  items: readonly T[],
  { syncOne, syncAll }: SyncTogetherOptions<T>,
): Promise<void> {
  if (items.length > MAX_ONE_BY_ONE && syncAll && (await succeeds(syncAll))) return
  const waiting = items.values()
  const syncRest = async () => {
    for (const item of waiting) await syncOne(item)
  }
  await Promise.all(Array.from({ length: MAX_AT_ONCE }, syncRest))
}

async function succeeds(attempt: () => Promise<void>): Promise<boolean> {
  try {
    await attempt()
    return true
  } catch {
    return false
  }
}
