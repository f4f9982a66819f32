import { availableParallelism } from 'node:os'
import { openLineFile } from '../../adapters/files/line-file.js'
import { openSnapshotFile, type SnapshotFile } from '../../adapters/files/snapshot-file.js'
import { InternalsDump } from '../../dump/internals-dump.js'
import { RtcstatsDump, type DumpOrigin } from '../../dump/rtcstats-dump.js'
import type { PeerEvent } from '../../events.js'
import type { DumpArgs } from '../options/dump-options.js'
import type { RunArgs } from '../run.js'
import type { RunOutput, RunOutputPlace } from './run-output.js'
import { version } from '../version.js'

/** A snapshot is a whole document: this often, or so seldom that writing it takes a twentieth of the time. */
const SNAPSHOT_INTERVAL_MS = 5_000
const SNAPSHOT_SHARE = 20

type Args = RunArgs & DumpArgs & { _?: (string | number)[] }

/** `--dump`: everything the journal has, in a format that viewers open. */
export async function openDumpOutput(args: Args, place: RunOutputPlace): Promise<RunOutput | undefined> {
  if (args.dump === undefined) return undefined
  const origin = describeOrigin(args)
  return args.dumpFormat === 'webrtc-internals'
    ? openInternalsOutput(args.dump, origin, place)
    : openRtcstatsOutput(args.dump, origin, place)
}

async function openRtcstatsOutput(
  path: string,
  origin: DumpOrigin,
  { journal, feed, redact, onWriteFailure }: RunOutputPlace,
): Promise<RunOutput> {
  const file = await openLineFile(path, { option: '--dump', onFailure: onWriteFailure })
  const dump = new RtcstatsDump()
  file.append(redact(dump.header(origin)))
  const facts = journal.subscribe((entry) => file.append(redact(dump.entry(entry))))
  const samples = wantSamples(feed)
  return {
    onEvent(event) {
      const note = noteOf(event)
      if (note !== undefined) file.append(redact(dump.note(event.event, note, journal.now())))
    },
    finish: () => file.finish(),
    async [Symbol.asyncDispose]() {
      for (const reading of [facts, samples]) reading[Symbol.dispose]()
      await file[Symbol.asyncDispose]()
    },
  }
}

async function openInternalsOutput(
  path: string,
  origin: DumpOrigin,
  { journal, feed, redact, onWriteFailure }: RunOutputPlace,
): Promise<RunOutput> {
  const file = await openSnapshotFile(path, '--dump')
  const dump = new InternalsDump(origin)
  const snapshots = new Snapshots(file, () => redactPieces(dump.document(), redact), onWriteFailure)
  const facts = journal.subscribe((entry) => {
    dump.add(entry)
    snapshots.due()
  })
  const samples = wantSamples(feed)
  return {
    finish: () => snapshots.finish(),
    async [Symbol.asyncDispose]() {
      for (const reading of [facts, samples]) reading[Symbol.dispose]()
      await snapshots.finish().catch(() => undefined) // said already
    },
  }
}

/** The samples themselves come through the journal, but few are taken where nobody asks for them. */
function wantSamples(feed: RunOutputPlace['feed']): Disposable {
  return feed.subscribe(() => undefined)
}

/** Keeps the file close to what is known, so that a process that is killed leaves most of it. */
class Snapshots {
  readonly #file: SnapshotFile
  readonly #document: () => Iterable<string>
  readonly #onWriteFailure: RunOutputPlace['onWriteFailure']
  #nextMs = 0
  #writing: Promise<void> | undefined
  #failure: { error: unknown } | undefined
  #finished: Promise<void> | undefined

  constructor(
    file: SnapshotFile,
    document: () => Iterable<string>,
    onWriteFailure: RunOutputPlace['onWriteFailure'],
  ) {
    this.#file = file
    this.#document = document
    this.#onWriteFailure = onWriteFailure
  }

  due(): void {
    const isDue = this.#file.isReplaceable && performance.now() >= this.#nextMs
    if (!isDue || this.#writing !== undefined || this.#finished !== undefined || this.#failure) return
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined
    })
  }

  /** The last snapshot, once. */
  finish(): Promise<void> {
    this.#finished ??= this.#finish()
    return this.#finished
  }

  async #finish(): Promise<void> {
    await this.#writing
    if (this.#failure === undefined) await this.#write()
    if (this.#failure !== undefined) throw this.#failure.error
  }

  async #write(): Promise<void> {
    const startedMs = performance.now()
    try {
      await this.#file.write(this.#document())
    } catch (error) {
      this.#failure = { error }
      this.#onWriteFailure(error)
    }
    const tookMs = performance.now() - startedMs
    this.#nextMs = startedMs + Math.max(SNAPSHOT_INTERVAL_MS, tookMs * SNAPSHOT_SHARE)
  }
}

function* redactPieces(pieces: Iterable<string>, redact: (text: string) => string): Generator<string> {
  for (const piece of pieces) yield redact(piece)
}

/** Nothing that was typed is in it but the verb: options have rooms, tokens and passwords. */
function describeOrigin(args: Args): DumpOrigin {
  return {
    userAgent: `webrtc-cli ${version} (${process.platform} ${process.arch}, node ${process.version})`,
    version,
    hardwareConcurrency: availableParallelism(),
    url: `webrtc-cli ${args._?.[0] ?? ''}`.trim(),
    startTimeMs: Date.now(),
  }
}

/** What of an event belongs into a dump that others may see: figures, no names, no talk, no paths. */
function noteOf(event: PeerEvent): unknown {
  if (event.event === 'connected') return { elapsedMs: event.elapsedMs }
  if (event.event === 'source') return { kind: event.kind, state: event.state }
  if (event.event === 'warning' || event.event === 'error') return { code: event.code }
  if (event.event === 'transfer-accepted' || event.event === 'transfer-complete') {
    const { direction, bytes, resumedBytes, associations } = event
    return { direction, bytes, resumedBytes, associations }
  }
  if (event.event === 'transfer-failed') {
    return { direction: event.direction, bytes: event.bytes, bytesTransferred: event.bytesTransferred }
  }
  return undefined
}
