/** What to do with a file whose name is taken. */
export const CONFLICT_POLICIES = ['fail', 'rename', 'overwrite', 'skip'] as const
export type ConflictPolicy = (typeof CONFLICT_POLICIES)[number]
