import { openSourceTree } from '../../adapters/files/source-tree.js'
import { delay } from '../../async/delay.js'
import { Question } from '../../control/question.js'
import { PeerError, toPeerError } from '../../errors.js'
import { warningOf } from '../../events/outcome-events.js'
import { SideConnections, type SideConnection } from '../../session/side-connections.js'
import type { SourceTree } from '../../transfer/ports.js'
import type { Consent } from '../../transfer/receive-transfer.js'
import { createTransferChannels, type TransferChannels } from '../../transfer/transfer-channels.js'
import type { OpenPeer } from './open-session.js'
import { receiveInto } from './receive-into.js'
import { sendFrom } from './send-from.js'
import type { RunContext } from '../run.js'
import type { SessionFilesArgs } from '../options/session-files-options.js'
import { STANDARD_STREAM } from '../options/transfer-options.js'

/** They go one after the other; whoever gives more than this is told. */
const MAX_WAITING = 16

/** After what failed or was declined: a peer that offers something again and again must not fill the terminal. */
const PAUSE_MS = 500

export interface SessionFilesOptions {
  peer: OpenPeer
  args: SessionFilesArgs
  /** Whether somebody reads what is offered and can answer with a command. */
  canAsk: boolean
}

type FilesContext = Pick<RunContext, 'signal' | 'report'>

/** USAGE where what is received has no place in a session. */
export function rejectUnclearFiles({ output }: SessionFilesArgs): void {
  if (output !== STANDARD_STREAM) return
  throw new PeerError('USAGE', '-o - is for receive-file: standard output is the session itself here.', {
    hint: 'Name a directory.',
  })
}

/**
 * Files beside everything else in a session: those that this side is told to send, one after the other, and those that
 * the peer offers, each transfer over a connection of its own. None of them ends the session.
 */
export class SessionFiles implements AsyncDisposable {
  readonly #options: SessionFilesOptions
  readonly #context: FilesContext
  readonly #connections: SideConnections<TransferChannels>
  readonly #question = new Question()
  readonly #inProgress = new Set<AbortController>()
  readonly #closed = new AbortController()
  readonly #receiving: Promise<void>
  #sending: Promise<void> = Promise.resolve()

  constructor(options: SessionFilesOptions, context: FilesContext) {
    const { peer } = options
    this.#options = options
    this.#context = context
    this.#connections = new SideConnections(peer.session, {
      ...peer.connection,
      createChannels: createTransferChannels,
    })
    this.#receiving = this.#receiveAll()
    peer.session.beforeLeaving(() => this[Symbol.asyncDispose]())
  }

  /** Resolves when the peer has verified all of it; a bad path costs no connection. */
  async send(path: string, { signal }: { signal: AbortSignal }): Promise<void> {
    const { session } = this.#options.peer
    if (!session.peerHello.features.includes('files')) throw noFiles(session.peerHello.verb)
    if (path === STANDARD_STREAM) throw new PeerError('USAGE', 'Standard input belongs to the session.')
    if (this.#inProgress.size >= MAX_WAITING) throw tooMany()
    const { report } = this.#context
    await this.#whileInProgress(signal, async (ending) => {
      await using source = await openSourceTree([path], {
        onSkipped: (skipped, why) =>
          report({
            event: 'warning',
            code: 'NOT_SENT',
            message: `${skipped} is left out: ${why}.`,
            hint: null,
          }),
      })
      const sending = this.#sending.then(() => this.#sendNow(source, ending))
      this.#sending = sending.catch(() => undefined)
      await sending
    })
  }

  /** Answers for what the peer offers; USAGE where it offers nothing. */
  answer(isWanted: boolean): void {
    this.#question.answer(isWanted)
  }

  /** Ends what is in progress both ways, and what waits; USAGE where there is nothing. */
  cancel(): void {
    if (this.#inProgress.size === 0) throw new PeerError('USAGE', 'Nothing is being sent or received.')
    for (const transfer of this.#inProgress) transfer.abort(cancelled())
  }

  /** Ends everything and tells the peer, so that all of it can be resumed in another session. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new PeerError('PEER_LOST', 'This side is leaving the session.'))
    await Promise.all([this.#sending, this.#receiving])
    await this.#connections[Symbol.asyncDispose]()
  }

  async #sendNow(source: SourceTree, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { args, peer } = this.#options
    const { report } = this.#context
    await using side = this.#connections.open()
    const summary = await sendFrom(source, side.channels, {
      compress: args.compress,
      associations: args.associations,
      connection: peer.connection,
      signal: AbortSignal.any([signal, side.signal]),
      onEvent: report,
    })
    report(summary)
  }

  /** Never rejects: what fails has been reported. */
  async #receiveAll(): Promise<void> {
    try {
      const { signal } = this.#closed
      for await (const side of this.#connections.incoming({ signal })) {
        const receiving = this.#whileInProgress(this.#context.signal, (ending) =>
          this.#receive(side, ending).catch((error: unknown) => {
            this.#warn(error, ending)
            throw error
          }),
        )
        await receiving.catch(() => delay(PAUSE_MS, { signal }))
      }
    } catch {
      // This side leaves.
    }
  }

  async #receive(incoming: SideConnection<TransferChannels>, signal: AbortSignal): Promise<void> {
    await using side = incoming
    const { args, peer } = this.#options
    const { report } = this.#context
    const asks = this.#asks
    const into = { ...args, output: asDirectory(args.output) }
    const summary = await receiveInto(side.channels, into, {
      accept: (_incoming, { signal: asking }) => this.#isWanted(asking),
      connection: peer.connection,
      signal: AbortSignal.any([signal, side.signal]),
      onEvent: (event) => report(asks && event.event === 'transfer-offer' ? { ...event, asks: true } : event),
    })
    report(summary)
  }

  /** No command is answered that could tell; what somebody here has ended needs no word. */
  #warn(thrown: unknown, ending: AbortSignal): void {
    if (ending.aborted) return
    const error = toPeerError(thrown)
    if (error.code !== 'PEER_DECLINED') this.#context.report(warningOf(error))
    // Who was asked and said no knows it.
    else if (!this.#asks) this.#context.report(warningOf(nobodyAsked()))
  }

  get #asks(): boolean {
    return this.#options.canAsk && !this.#options.args.yes
  }

  async #isWanted(signal: AbortSignal | undefined): Promise<Consent> {
    if (this.#options.args.yes) return true
    if (this.#asks) return this.#question.ask({ signal })
    return { declined: 'nobody can be asked there, and it runs without --yes' }
  }

  /** With a signal that aborts with the given one, with `cancel`, and when this side leaves. */
  async #whileInProgress(signal: AbortSignal, work: (ending: AbortSignal) => Promise<void>): Promise<void> {
    const transfer = new AbortController()
    this.#inProgress.add(transfer)
    try {
      await work(AbortSignal.any([signal, transfer.signal, this.#closed.signal]))
    } finally {
      this.#inProgress.delete(transfer)
    }
  }
}

function nobodyAsked(): PeerError {
  return new PeerError('PEER_DECLINED', 'What the peer offers is declined: nobody can be asked here.', {
    hint: 'With --yes everything is taken, into the directory that -o names.',
  })
}

function cancelled(): PeerError {
  return new PeerError('INTERRUPTED', 'The transfer was cancelled here.', {
    hint: 'The same sent again goes on where it ended.',
  })
}

/** Several transfers may come: `-o` names a directory, whether or not it is there. */
function asDirectory(output: string | undefined): string | undefined {
  return output === undefined || output.endsWith('/') ? output : `${output}/`
}

function noFiles(verb: string): PeerError {
  return new PeerError('PEER_INCOMPATIBLE', `The peer runs "${verb}", which takes no files in a session.`, {
    hint: 'Both sides need offer or answer of a version that has /send; send-file needs receive-file.',
  })
}

function tooMany(): PeerError {
  return new PeerError('USAGE', `${MAX_WAITING} transfers are in progress or waiting already.`, {
    hint: 'A directory goes as one; /cancel ends them all.',
  })
}
