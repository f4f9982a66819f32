import { abortable } from '../async/abortable.js'
import { withTimeout } from '../async/delay.js'
import { fileSinkIn } from '../adapters/files/file-sink.js'
import { openFileSource } from '../adapters/files/file-source.js'
import { createSha256 } from '../adapters/files/sha256.js'
import { PeerError } from '../errors.js'
import type { Feature } from '../session/control-message.js'
import type { Session } from '../session/session.js'
import { askYesNo } from '../terminal/ask.js'
import { formatBytes } from '../terminal/format.js'
import { receiveFile, type IncomingFile } from '../transfer/receive-file.js'
import { sendFile } from '../transfer/send-file.js'
import { createTransferChannels, type TransferChannels } from '../transfer/transfer-channels.js'
import { openPeer, type OpenPeer } from './open-session.js'
import type { PeerArgs, StatsArgs } from './options.js'
import type { ExpectArgs } from './expect-options.js'
import { runMeasured, type MeasuredContext } from './expectations.js'
import { leaveMeasured, watchStats } from './watch-stats.js'

/** The sender leaves first, once it knows; a sender that does not is not waited for longer. */
const GOODBYE_TIMEOUT_MS = 2_000

type TransferArgs = PeerArgs & StatsArgs & ExpectArgs

/** `send-file`: a bad path costs no connection; success is the receiver's word. */
export async function runSendFile(args: TransferArgs & { path: string }): Promise<void> {
  await runMeasured(args, async (context) => {
    await using source = await openFileSource(args.path)
    await using transfer = await openTransfer(args, 'send-file', context)
    const { channels, signal } = transfer
    context.waitingFor('the receiver')
    const summary = await sendFile(channels, source, {
      createHash: createSha256,
      signal,
      onEvent: context.report,
    })
    await transfer.peer.session.leave('sent')
    context.report(summary)
  })
}

/** `receive-file`: asks, writes, verifies, publishes. */
export async function runReceiveFile(
  args: TransferArgs & { code?: string | undefined; output?: string | undefined; yes?: boolean | undefined },
): Promise<void> {
  await runMeasured(args, async (context) => {
    const room = args.code ?? args.room
    if (room === undefined) throw codeMissing()
    if (!args.yes && !process.stdin.isTTY) throw yesMissing()
    await using transfer = await openTransfer({ ...args, room }, 'receive-file', context)
    const { channels, signal } = transfer
    context.waitingFor('the sender')
    const summary = await receiveFile(channels, {
      createHash: createSha256,
      openSink: fileSinkIn(args.output ?? '.'),
      accept: (file, options) => (args.yes ? Promise.resolve(true) : ask(file, options.signal)),
      signal,
      onEvent: context.report,
    })
    await goodbye(transfer.peer.session, context.signal)
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

function ask({ name, size }: IncomingFile, signal: AbortSignal | undefined): Promise<boolean> {
  const question = `Receive ${name} (${formatBytes(size)})?`
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
