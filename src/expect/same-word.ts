/** Words are the same whatever their case: `vp8` is what others write as `VP8`. */
export function sameWord(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
