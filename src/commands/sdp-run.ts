import { describeSystemError } from '../adapters/files/system-error.js'
import { readTextFile, readTextStream, TextTooLargeError } from '../adapters/system/read-text.js'
import { PeerError } from '../errors.js'
import { readDescriptions, type DumpedDescription } from '../dump/read-descriptions.js'
import { compareSdp } from '../sdp/compare-sdp.js'
import { explainSdp } from '../sdp/explain-sdp.js'
import { lintSdp } from '../sdp/lint-sdp.js'
import { readDescription, type Description } from '../sdp/read-description.js'
import type { SdpFinding } from '../sdp/sdp-finding.js'
import { formatCount } from '../terminal/format.js'
import { run, type RunArgs, type RunContext } from './run.js'

/** A description of a thousand m-sections is smaller. */
const MAX_BYTES = 1024 * 1024

/** A dump of hours; it is read into memory. */
const MAX_DUMP_BYTES = 256 * 1024 * 1024

const STANDARD_INPUT = '-'

export interface SdpArgs extends RunArgs {
  file?: string[] | undefined
  lint?: boolean | undefined
  diff?: boolean | undefined
}

interface NamedDescription extends Description {
  file: string
}

/** What a FILE argument turned out to be. */
type Input =
  | { kind: 'description'; description: NamedDescription }
  /** A dump of which no description was chosen. */
  | { kind: 'dump'; file: string; descriptions: DumpedDescription[] }

/** `sdp`: says what descriptions mean, what is wrong with them, or how two of them differ. */
export async function runSdp(args: SdpArgs): Promise<void> {
  await run(args, async (context) => {
    const files = chooseFiles(args)
    const inputs: Input[] = []
    for (const file of files) inputs.push(await openInput(file, context))
    if (args.diff) return reportDifferences(inputs.map(onlyDescription), context)
    const findings = inputs.flatMap((input) => reportInput(input, args, context))
    return args.lint && findings.some(({ severity }) => severity === 'error') ? 1 : 0
  })
}

function chooseFiles({ file = [], lint, diff }: SdpArgs): string[] {
  const unknown = file.find((name) => name.startsWith('-') && name !== STANDARD_INPUT)
  if (unknown !== undefined) {
    throw new PeerError('USAGE', `There is no option ${unknown}.`, { hint: 'See webrtc-cli sdp --help' })
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

async function openInput(argument: string, { signal, waitingFor }: RunContext): Promise<Input> {
  const [, file = argument, number] = /^(.+)#(\d+)$/.exec(argument) ?? []
  const name = file === STANDARD_INPUT ? 'standard input' : file
  waitingFor(name)
  const text = await readText(file, name, signal)
  const descriptions = readDescriptions(text)
  if (descriptions === undefined) {
    if (number !== undefined) throw noDump(name, argument)
    return { kind: 'description', description: { file, ...parseDescription(text, name) } }
  }
  if (descriptions.length === 0) {
    throw new PeerError('DATA_MISMATCH', `No session description in ${name}: none was set in what it tells.`)
  }
  if (number === undefined) return { kind: 'dump', file, descriptions }
  const chosen = descriptions[Number(number) - 1]
  if (chosen === undefined) {
    throw new PeerError(
      'USAGE',
      `${name} has ${formatCount(descriptions.length, 'description')}, not ${number}.`,
    )
  }
  return { kind: 'description', description: { file: argument, type: chosen.type, sdp: chosen.sdp } }
}

function parseDescription(text: string, name: string): Description {
  if (text.length > MAX_BYTES) throw tooLarge(name, MAX_BYTES)
  const description = readDescription(text)
  if (!('problem' in description)) return description
  throw new PeerError('DATA_MISMATCH', `No session description in ${name}: ${description.problem}.`, {
    hint: 'Expected SDP, whose first line is "v=0", JSON with "type" and "sdp", or a dump.',
  })
}

function onlyDescription(input: Input): NamedDescription {
  if (input.kind === 'description') return input.description
  const { file, descriptions } = input
  throw new PeerError(
    'USAGE',
    `${file} is a dump with ${formatCount(descriptions.length, 'description')}: name two, as ${file}#1.`,
    { hint: `webrtc-cli sdp ${file} lists them.` },
  )
}

function noDump(name: string, argument: string): PeerError {
  return new PeerError('USAGE', `${name} is no dump, so ${argument} names nothing in it.`)
}

function tooLarge(name: string, maxBytes: number): PeerError {
  return new PeerError('DATA_MISMATCH', `${name} has more than ${maxBytes} bytes; no description does.`)
}

async function readText(file: string, name: string, signal: AbortSignal): Promise<string> {
  const options = { maxBytes: MAX_DUMP_BYTES, signal }
  try {
    return file === STANDARD_INPUT
      ? await readTextStream(process.stdin, options)
      : await readTextFile(file, options)
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof TextTooLargeError) throw tooLarge(name, MAX_DUMP_BYTES)
    throw new PeerError('INPUT_UNREADABLE', `Cannot read ${name}: ${describeSystemError(cause)}.`, { cause })
  }
}

/** A dump is listed, so that one can be chosen; with `--lint` all of it is looked at. */
function reportInput(input: Input, args: SdpArgs, context: RunContext): SdpFinding[] {
  if (input.kind === 'description') return reportOne(input.description, args, context)
  const { file, descriptions } = input
  return descriptions.flatMap((description, index) => {
    const number = index + 1
    if (args.lint) return reportOne({ ...description, file: `${file}#${number}` }, args, context)
    context.report({ event: 'description', file, number, ...description })
    return []
  })
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
