import { faultAt as faultIn, type PeerError } from '../errors.js'

/** The USAGE error for an expression: what is wrong in one sentence, and below it the expression with a caret under the place. */
export function faultAt(source: string, position: number, sentence: string): PeerError {
  return faultIn('--expect', source, position, sentence)
}
