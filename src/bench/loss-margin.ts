/** Three standard deviations: of a thousand measurements three are further off. */
const DEVIATIONS = 3

/** How far a loss that was seen in so many messages may be from the path's own. */
export function lossMargin(lost: number, messages: number): number {
  if (messages === 0) return 1
  const ratio = lost / messages
  // Where nothing was lost the deviation says 0, but three in so many may still be lost (rule of three).
  const least = DEVIATIONS / messages
  return Math.min(1, Math.max(least, DEVIATIONS * Math.sqrt((ratio * (1 - ratio)) / messages)))
}

/** How many messages it takes for the margin to be no more than `margin`, going by what was lost so far. */
export function messagesFor(margin: number, lost: number, messages: number): number {
  const ratio = messages === 0 ? 0 : lost / messages
  return Math.ceil(Math.max(DEVIATIONS / margin, (DEVIATIONS / margin) ** 2 * ratio * (1 - ratio)))
}
