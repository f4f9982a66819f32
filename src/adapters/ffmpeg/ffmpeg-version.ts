/** The oldest release whose options are used here. */
export const MIN_FFMPEG_VERSION = { major: 5, minor: 1 }

/**
 * True where ffmpeg's own word for its version (`5.1.9-0+deb12u1`, `n7.1`) is a release that is too old. A build from
 * its repository has a name without a number (`N-109542-g1234567`) and is taken for new.
 */
export function isTooOld(version: string): boolean {
  const [, major, minor] = /^n?(\d+)\.(\d+)/.exec(version) ?? []
  if (major === undefined) return false
  const { major: minMajor, minor: minMinor } = MIN_FFMPEG_VERSION
  return Number(major) < minMajor || (Number(major) === minMajor && Number(minor) < minMinor)
}
