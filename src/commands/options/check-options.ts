import type { ArgumentsCamelCase, InferredOptionTypes, Options } from 'yargs'
import { ICE_OPTIONS, SIGNALING_OPTIONS, TIME_OPTIONS, type OutputArgs } from './options.js'

/** Of the options of a peer those that say which servers there are, shown in full. */
export const CHECK_OPTIONS = {
  'ice-server': ICE_OPTIONS['ice-server'],
  'turn-secret': { ...ICE_OPTIONS['turn-secret'], hidden: false },
  ca: {
    ...SIGNALING_OPTIONS.ca,
    describe: 'PEM file of certificates to trust for turns: and stuns:',
    hidden: false,
  },
  'no-ipv6': { ...ICE_OPTIONS['no-ipv6'], hidden: false },
} satisfies Record<string, Options>

export const CHECK_TIME_OPTIONS = { timeout: TIME_OPTIONS.timeout }

export type CheckArgs = ArgumentsCamelCase<
  InferredOptionTypes<typeof CHECK_OPTIONS & typeof CHECK_TIME_OPTIONS>
> &
  OutputArgs
