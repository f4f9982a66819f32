/** The value of decimal digits; null for anything else, and for what a number cannot hold exactly. */
export function wholeNumber(given: string | number | undefined): number | null {
  if (given === undefined || !/^\d+$/.test(String(given))) return null
  const value = Number(given)
  return Number.isSafeInteger(value) ? value : null
}
