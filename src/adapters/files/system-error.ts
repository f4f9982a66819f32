import { dirname } from 'node:path'

const SENTENCES: Record<string, string> = {
  EACCES: 'permission denied',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'it exists already',
  EISDIR: 'it is a directory',
  ELOOP: 'it is a symbolic link',
  EMFILE: 'too many files are open (see ulimit -n)',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'it does not exist',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is not a directory',
  EPERM: 'the operation is not permitted',
  EROFS: 'the file system is read-only',
}

/** Why a file cannot be created: what does not exist then is its directory, not the file. */
export function describeCreateError(error: unknown, path: string): string {
  return systemErrorCode(error) === 'ENOENT'
    ? `there is no directory ${dirname(path)}`
    : describeSystemError(error)
}

/** The code of a Node system error, or undefined. */
export function systemErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** What a system error means, in words; the error's own text where it is a rare one. */
export function describeSystemError(error: unknown): string {
  const code = systemErrorCode(error)
  if (code && SENTENCES[code]) return SENTENCES[code]
  return error instanceof Error ? error.message : String(error)
}
