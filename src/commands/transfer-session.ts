import { abortable } from '../async/abortable.js'
import { withTimeout } from '../async/delay.js'
import { createSha256 } from '../adapters/files/sha256.js'
import { openSourceTree } from '../adapters/files/source-tree.js'
import { openTargetTree } from '../adapters/files/target-tree.js'
import { PeerError } from '../errors.js'
import type { Feature } from '../session/control-message.js'
import type { Session } from '../session/session.js'
import { askYesNo } from '../terminal/ask.js'
import { formatBytes, formatCount } from '../terminal/format.js'
import { DEFAULT_MANIFEST_LIMITS } from '../transfer/manifest.js'
import { receiveTransfer, type IncomingFiles } from '../transfer/receive-transfer.js'
import { sendTransfer } from '../transfer/send-transfer.js'
import { createTransferChannels, type TransferChannels } from '../transfer/transfer-channels.js'
import { openPeer, type OpenPeer } from './open-session.js'
import type { PeerArgs, StatsArgs } from './options.js'
import type { ExpectArgs } from './expect-options.js'
import { runMeasured, type MeasuredContext } from './expectations.js'
import type { ReceiveArgs, SendArgs } from './transfer-options.js'
import { leaveMeasured, watchStats } from './watch-stats.js'

/** The sender leaves first, once it knows; a sender that does not is not waited for longer. */
const GOODBYE_TIMEOUT_MS = 2_000

type TransferArgs = PeerArgs & StatsArgs & ExpectArgs

/** `send-file`: a bad path costs no connection; success is the receiver's word. */
export async function runSendFile(args: TransferArgs & SendArgs & { paths: string[] }): Promise<void> {
  await runMeasured(args, async (context) => {
    const { report } = context
    await using source = await openSourceTree(args.paths, {
      onSkipped: (path, why) =>
        report({ event: 'warning', code: 'NOT_SENT', message: `${path} is left out: ${why}.`, hint: null }),
    })
    await using transfer = await openTransfer(args, 'send-file', context)
    const { channels, peer, signal } = transfer
    context.waitingFor('the receiver')
    const summary = await sendTransfer(channels, source, {
      createHash: createSha256,
      associations: args.associations ?? 'auto',
      connection: peer.connection,
      roundTripTimeMs: () => peer.session.roundTripTimeMs,
      signal,
      onEvent: report,
    })
    await peer.session.leave('sent')
    report(summary)
  })
}

/** `receive-file`: asks, writes, verifies, publishes. */
export async function runReceiveFile(
  args: TransferArgs & ReceiveArgs & { code?: string | undefined },
): Promise<void> {
  await runMeasured(args, async (context) => {
    const room = args.code ?? args.room
    if (room === undefined) throw codeMissing()
    if (!args.yes && !process.stdin.isTTY) throw yesMissing()
    await using transfer = await openTransfer({ ...args, room }, 'receive-file', context)
    const { channels, peer, signal } = transfer
    context.waitingFor('the sender')
    const summary = await receiveTransfer(channels, {
      createHash: createSha256,
      target: openTargetTree(args.output ?? '.', { onConflict: args.onConflict, resume: !args.noResume }),
      limits: {
        maxFiles: args.maxFiles ?? DEFAULT_MANIFEST_LIMITS.maxFiles,
        maxBytes: args.maxSize ?? DEFAULT_MANIFEST_LIMITS.maxBytes,
        allowHidden: args.allowHidden ?? false,
      },
      accept: (incoming, options) => (args.yes ? Promise.resolve(true) : ask(incoming, options.signal)),
      connection: peer.connection,
      signal,
      onEvent: context.report,
    })
    await goodbye(peer.session, context.signal)
    context.report(summary)
  })
}

interface OpenTransfer extends AsyncDisposable {
  peer: OpenPeer
  channels: TransferChannels
  /** Aborts with the run and with the session. */
  signal: AbortSignal
}

async function openTransfer(
  args: TransferArgs,
  verb: 'send-file' | 'receive-file',
  context: MeasuredContext,
): Promise<OpenTransfer> {
  const other = verb === 'send-file' ? 'receive-file' : 'send-file'
  let channels: TransferChannels | undefined
  const peer = await openPeer(
    args,
    {
      role: verb === 'send-file' ? 'offerer' : 'answerer',
      verb,
      features: [verb, 'stats'],
      peerVerb: other,
      setUp: (connection) => {
        channels = createTransferChannels(connection)
      },
    },
    context,
  )
  const { session } = peer
  try {
    if (!channels) throw new PeerError('INTERNAL', 'The transfer channels were not set up.')
    expectPeer(session, other, verb)
    const interval = { intervalMs: args.stats, verbose: args.verbose ?? false }
    const watching = watchStats(session, interval, context)
    watching.catch(() => undefined)
    const signal = AbortSignal.any([context.signal, session.signal])
    const close = async () => {
      await leaveMeasured(session, watching)
      await peer[Symbol.asyncDispose]()
    }
    return { peer, channels, signal, [Symbol.asyncDispose]: close }
  } catch (error) {
    await peer[Symbol.asyncDispose]()
    throw error
  }
}

function expectPeer({ peerHello }: Session, feature: Feature, verb: string): void {
  if (peerHello.features.includes(feature)) return
  throw new PeerError(
    'PEER_INCOMPATIBLE',
    `The peer runs "${peerHello.verb}", ${verb} needs "${feature}" there.`,
    {
      hint: `Start ${feature} on the other side.`,
    },
  )
}

async function goodbye(session: Session, signal: AbortSignal): Promise<void> {
  const ended = abortable(session.ended, signal)
  await withTimeout(ended, GOODBYE_TIMEOUT_MS, () => new Error('no bye')).catch(() => undefined)
}

function ask({ entries, bytes }: IncomingFiles, signal: AbortSignal | undefined): Promise<boolean> {
  const files = entries.filter(({ type }) => type === 'file')
  const what = files.length === 1 ? (files[0]?.path ?? '') : formatCount(files.length, 'file')
  const question = `Receive ${what} (${formatBytes(bytes)})?`
  return askYesNo(question, { input: process.stdin, output: process.stderr, flag: '--yes', signal })
}

function codeMissing(): PeerError {
  return new PeerError(
    'USAGE',
    'The code is missing: receive-file needs what send-file printed, or --room NAME.',
    {
      hint: 'webrtc-cli receive-file CODE',
    },
  )
}

function yesMissing(): PeerError {
  return new PeerError(
    'USAGE',
    'Nobody can be asked whether the file is wanted: standard input is no terminal.',
    {
      hint: 'Add --yes to accept without asking.',
    },
  )
}
