import { PeerError } from '../errors.js'

/** The USAGE error for an expression: what is wrong in one sentence, and below it the expression with a caret under the place. */
export function faultAt(source: string, position: number, sentence: string): PeerError {
  return new PeerError('USAGE', `--expect: ${sentence}.`, {
    hint: `${visible(source)}\n${' '.repeat(position)}^`,
  })
}

/** One cell for each UTF-16 unit, so that the caret stands right whatever was typed; the language itself is ASCII. */
function visible(source: string): string {
  return source.replaceAll(/[^\u0020-\u007e]/g, '?')
}
