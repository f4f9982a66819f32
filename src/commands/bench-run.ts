import { createBenchChannels, type BenchChannels } from '../bench/bench-peer.js'
import type { BenchPlan } from '../bench/bench-plan.js'
import { runBench } from '../bench/run-bench.js'
import { PeerError } from '../errors.js'
import type { BenchResult } from '../events/bench.js'
import type { Session } from '../session/session.js'
import type { Role } from '../signaling/message.js'
import { readBenchOptions, type BenchOptionArgs } from './options/bench-options.js'
import type { ExpectArgs } from './options/expect-options.js'
import { runMeasured, type MeasuredContext } from './outputs/expectations.js'
import { openLocalPair } from './session/open-local-pair.js'
import { goodbye, openTransfer } from './session/open-transfer.js'
import type { PeerArgs } from './options/options.js'
import { leaveMeasured, watchStats } from './outputs/watch-stats.js'

export type BenchArgs = PeerArgs & BenchOptionArgs & ExpectArgs

/** The last result waits behind what a channel that was closed had begun to send: seconds, over a bad path. */
const LAST_RESULT_MS = 30_000

interface Plan {
  plan: BenchPlan
  chosen: boolean
}

/** `bench`: with a room one peer of two, without one both. */
export async function runBenchVerb(args: BenchArgs): Promise<void> {
  await runMeasured(args, (context) => {
    const plan = readBenchOptions(args)
    return args.room === undefined ? benchBoth(args, plan, context) : benchRoom(args, plan, context)
  })
}

async function benchRoom(args: BenchArgs, plan: Plan, context: MeasuredContext): Promise<void> {
  await using opened = await openTransfer(
    { ...args, stats: undefined },
    { role: 'offerer', verb: 'bench', peerVerb: 'bench', createChannels: createBenchChannels },
    context,
  )
  const { channels, peer, signal } = opened
  context.waitingFor('the measurements to end')
  const { leads } = await runBench(channels, peer.session, {
    ...plan,
    initiator: peer.session.initiator,
    onResult: (result) => report(result, context),
    signal,
  })
  // Who has told the last result leaves last: its word could get lost with the connection.
  if (leads) await goodbye(peer.session, { timeoutMs: LAST_RESULT_MS, signal: context.signal })
  else await peer.session.leave('measured')
}

async function benchBoth(args: BenchArgs, plan: Plan, context: MeasuredContext): Promise<void> {
  const channels: Partial<Record<Role, BenchChannels>> = {}
  const options = {
    verb: 'bench',
    features: ['bench', 'stats'],
    setUp: (connection: Parameters<typeof createBenchChannels>[0], role: Role) => {
      channels[role] = createBenchChannels(connection)
    },
  } as const
  await using pair = await openLocalPair(args, options, context)
  const watching = watchStats(pair.local, { intervalMs: undefined, details: args }, context)
  watching.catch(() => undefined)
  context.waitingFor('the measurements to end')
  const side = (session: Session, role: Role) => {
    const own = channels[role]
    if (!own) throw new PeerError('INTERNAL', 'The channels of the bench were not set up.')
    return runBench(own, session, {
      ...plan,
      chosen: role === 'offerer',
      initiator: role === 'offerer',
      onResult: (result) => {
        if (role === 'offerer') report(result, context)
      },
      signal: AbortSignal.any([context.signal, session.signal]),
    })
  }
  await Promise.all([side(pair.local, 'offerer'), side(pair.remote, 'answerer')])
  await leaveMeasured(pair.local, watching, context)
}

function report(result: BenchResult, context: MeasuredContext): void {
  context.report({ event: 'bench', result })
}
