import type { JournalEntry } from '../../session/journal.js'
import type { DumpArgs } from '../options/dump-options.js'
import type { RunOutput, RunOutputPlace } from './run-output.js'

/** `--sdp`: the descriptions that the connections of the run set, as events. */
export function openSdpOutput(
  { redactEvents }: DumpArgs,
  { journal, redact, context }: RunOutputPlace,
): RunOutput {
  let number = 0
  let firstMs: number | undefined
  const reading = journal.subscribe((entry) => {
    const description = readDescription(entry)
    if (description === undefined) return
    firstMs ??= entry.timeMs
    number++
    context.report({
      event: 'description',
      file: null,
      number,
      connection: String(entry.connection),
      ...description,
      sdp: redactEvents ? redact(description.sdp) : description.sdp,
      elapsedMs: Math.round((entry.timeMs - firstMs) * 10) / 10,
    })
  })
  return { [Symbol.asyncDispose]: async () => reading[Symbol.dispose]() }
}

function readDescription(entry: JournalEntry) {
  if (entry.what !== 'called' || !/^set(Local|Remote)Description$/.test(entry.method)) return undefined
  const [init]: unknown[] = Array.isArray(entry.args) ? entry.args : []
  if (typeof init !== 'object' || init === null || !('type' in init) || !('sdp' in init)) return undefined
  const { type, sdp } = init
  if ((type !== 'offer' && type !== 'answer') || typeof sdp !== 'string') return undefined
  const side = entry.method === 'setLocalDescription' ? 'local' : 'remote'
  return { side, type, sdp } as const
}
