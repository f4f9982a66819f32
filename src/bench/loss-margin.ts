/** Three standard deviations: of a thousand measurements three are further off. */
const DEVIATIONS = 3

/** What was lost of a series of messages, or of several. */
export interface LossTally {
  messages: number
  lost: number
  /** The sum of the squared lengths of the runs in which they were lost; as many as were lost where each was alone. */
  lostRunSquares: number
}

/** How far a loss that was seen in so many messages may be from the path's own. */
export function lossMargin(tally: LossTally): number {
  const { lost, messages } = tally
  if (messages === 0) return 1
  const ratio = lost / messages
  // Where nothing was lost the deviation says 0, but three in so many may still be lost (rule of three).
  const least = DEVIATIONS / messages
  const variance = (clustering(tally) * ratio * (1 - ratio)) / messages
  return Math.min(1, Math.max(least, DEVIATIONS * Math.sqrt(variance)))
}

/** How many messages it takes for the margin to be no more than `margin`, going by what was lost so far. */
export function messagesFor(margin: number, tally: LossTally): number {
  const ratio = tally.messages === 0 ? 0 : tally.lost / tally.messages
  const variance = clustering(tally) * ratio * (1 - ratio)
  return Math.ceil(Math.max(DEVIATIONS / margin, (DEVIATIONS / margin) ** 2 * variance))
}

/**
 * By how much losses vary more than if each message had been lost for itself, as on a path that loses in bursts. The
 * number that is lost varies as the sum of the squares of what is lost together; chance alone makes that
 * (1 + p) / (1 - p) times the number at a loss of p.
 */
function clustering({ lost, messages, lostRunSquares }: LossTally): number {
  if (lost === 0 || lost >= messages) return 1
  const ratio = lost / messages
  return Math.max(1, (lostRunSquares * (1 - ratio)) / (lost * (1 + ratio)))
}
