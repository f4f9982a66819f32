/** What to do with a file of ours whose name is taken; nothing is there to be skipped. */
export const NEW_FILE_POLICIES = ['fail', 'rename', 'overwrite'] as const
export type NewFilePolicy = (typeof NEW_FILE_POLICIES)[number]
