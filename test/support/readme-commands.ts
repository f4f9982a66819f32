/** One command of a fenced `sh` block: a line that a reader types into a terminal. */
export interface ReadmeCommand {
  /** As typed, without the prompt and the closing comment. */
  line: string
  kind: 'webrtc-cli' | 'npm'
  /** What it has to exit with. */
  exitCode: number
  /** It runs until Ctrl-C, after everything else of its block. */
  untilInterrupted: boolean
  /** It has its own standard input. */
  hasInput: boolean
}

/** A fenced block of the page. */
export interface FencedBlock {
  language: string
  /** What follows the language: the name of the file that the block is. */
  name: string
  content: string
  /** Of the opening fence, from 1. */
  lineNumber: number
}

const FENCED = /^```(\w*) *(.*)\n([^]*?)^```$/gm

/** An optional prompt, a producer in front of a pipe, variables, the program, and what the test has to know. */
const COMMAND =
  /^(?:\$ )?(?<line>(?<producer>(?:echo|printf) [^|]+\| )?(?:[A-Z_]+=\S+ )*(?<program>webrtc-cli|npm|npx)(?: .*?)?)(?: +# (?<note>.+))?$/

/** Every fenced block, in order. */
export function readBlocks(markdown: string): FencedBlock[] {
  return Array.from(
    markdown.matchAll(FENCED),
    ({ 1: language = '', 2: name = '', 3: content = '', index }) => ({
      language,
      name,
      content,
      lineNumber: markdown.slice(0, index).split('\n').length,
    }),
  )
}

/** The commands of an `sh` block; throws at a line that is none. */
export function readCommands({ content, lineNumber }: FencedBlock): ReadmeCommand[] {
  return content
    .split('\n')
    .map((text, index) => ({ text, number: lineNumber + index + 1 }))
    .filter(({ text }) => text.trim() !== '')
    .map(({ text, number }) => readCommand(text, number))
}

/** The rows of every table whose header has this word, as cells without their markup. */
export function readTable(markdown: string, header: string): string[][] {
  const rows: string[][] = []
  let isWanted = false
  for (const line of markdown.split('\n')) {
    if (!line.startsWith('|')) isWanted = false
    else if (isWanted) rows.push(cellsOf(line))
    else isWanted = cellsOf(line).includes(header)
  }
  return rows.filter(([first = '']) => !/^:?-+:?$/.test(first))
}

function readCommand(text: string, lineNumber: number): ReadmeCommand {
  const { line, program, producer, note = '' } = COMMAND.exec(text)?.groups ?? {}
  const [, code] = /^exits (\d+)$/.exec(note) ?? []
  const untilInterrupted = note === 'until Ctrl-C'
  if (line === undefined || (note !== '' && code === undefined && !untilInterrupted)) {
    throw new Error(`README.md:${lineNumber} is no command that a test can run: ${text}`)
  }
  return {
    line,
    kind: program === 'webrtc-cli' ? 'webrtc-cli' : 'npm',
    exitCode: untilInterrupted ? 130 : Number(code ?? 0),
    untilInterrupted,
    hasInput: producer !== undefined,
  }
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
}
