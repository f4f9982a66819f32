import { describeSystemError } from '../adapters/files/system-error.js'
import { readTextFile, readTextStream, TextTooLargeError } from '../adapters/system/read-text.js'
import { PeerError } from '../errors.js'
import { compareSdp } from '../sdp/compare-sdp.js'
import { explainSdp } from '../sdp/explain-sdp.js'
import { lintSdp } from '../sdp/lint-sdp.js'
import { readDescription, type Description } from '../sdp/read-description.js'
import type { SdpFinding } from '../sdp/sdp-finding.js'
import { run, type RunArgs, type RunContext } from './run.js'

/** A description of a thousand m-sections is smaller. */
const MAX_BYTES = 1024 * 1024

const STANDARD_INPUT = '-'

export interface SdpArgs extends RunArgs {
  file?: string[] | undefined
  lint?: boolean | undefined
  diff?: boolean | undefined
}

interface NamedDescription extends Description {
  file: string
}

/** `sdp`: says what descriptions mean, what is wrong with them, or how two of them differ. */
export async function runSdp(args: SdpArgs): Promise<void> {
  await run(args, async (context) => {
    const files = chooseFiles(args)
    const descriptions: NamedDescription[] = []
    for (const file of files) descriptions.push(await openDescription(file, context))
    if (args.diff) return reportDifferences(descriptions, context)
    const findings = descriptions.flatMap((description) => reportOne(description, args, context))
    return args.lint && findings.some(({ severity }) => severity === 'error') ? 1 : 0
  })
}

function chooseFiles({ file = [], lint, diff }: SdpArgs): string[] {
  const unknown = file.find((name) => name.startsWith('-') && name !== STANDARD_INPUT)
  if (unknown !== undefined) {
    throw new PeerError('USAGE', `Unknown argument: ${unknown}.`, { hint: 'See webrtc-cli sdp --help' })
  }
  if (lint && diff) throw new PeerError('USAGE', '--lint and --diff cannot go together.')
  const files = file.length === 0 && !diff ? [STANDARD_INPUT] : file
  if (diff && files.length !== 2) {
    throw new PeerError('USAGE', `--diff compares two files, got ${files.length}.`, {
      hint: 'Try: webrtc-cli sdp --diff before.sdp after.sdp',
    })
  }
  if (files.filter((name) => name === STANDARD_INPUT).length > 1) {
    throw new PeerError('USAGE', 'Standard input (-) can be read once only.')
  }
  if (files.includes(STANDARD_INPUT) && process.stdin.isTTY) {
    throw new PeerError('USAGE', 'No FILE was named, and standard input is a terminal.', {
      hint: 'Name a file (webrtc-cli sdp offer.sdp), or pipe one in (webrtc-cli sdp < offer.sdp).',
    })
  }
  return files
}

async function openDescription(file: string, { signal, waitingFor }: RunContext): Promise<NamedDescription> {
  const name = file === STANDARD_INPUT ? 'standard input' : file
  waitingFor(name)
  const description = readDescription(await readText(file, name, signal))
  if ('problem' in description) {
    throw new PeerError('DATA_MISMATCH', `No session description in ${name}: ${description.problem}.`, {
      hint: 'Expected SDP, whose first line is "v=0", or JSON with "type" and "sdp".',
    })
  }
  return { file, ...description }
}

async function readText(file: string, name: string, signal: AbortSignal): Promise<string> {
  const options = { maxBytes: MAX_BYTES, signal }
  try {
    return file === STANDARD_INPUT
      ? await readTextStream(process.stdin, options)
      : await readTextFile(file, options)
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof TextTooLargeError) {
      throw new PeerError('DATA_MISMATCH', `${name} has more than ${MAX_BYTES} bytes; no description does.`)
    }
    throw new PeerError('INPUT_UNREADABLE', `Cannot read ${name}: ${describeSystemError(cause)}.`, { cause })
  }
}

function reportOne(
  { file, type, sdp }: NamedDescription,
  { lint }: SdpArgs,
  { report }: RunContext,
): SdpFinding[] {
  if (!lint) report({ event: 'sdp', file, type, explanation: explainSdp(sdp) })
  const findings = lintSdp(sdp, { type })
  for (const finding of findings) report({ event: 'sdp-finding', file, ...finding })
  return findings
}

function reportDifferences([before, after]: NamedDescription[], { report }: RunContext): number {
  if (before === undefined || after === undefined) return 0
  const differences = compareSdp(before.sdp, after.sdp)
  const files = { before: before.file, after: after.file }
  for (const difference of differences) report({ event: 'sdp-difference', files, ...difference })
  return differences.length > 0 ? 1 : 0
}
