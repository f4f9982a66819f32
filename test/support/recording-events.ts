import type { CliExit } from './cli.js'

/** What a run said of each recording that it finished. */
export function finishedOf({ events }: Pick<CliExit, 'events'>) {
  return events.flatMap((event) => (event.event === 'recording' && event.state === 'finished' ? [event] : []))
}
