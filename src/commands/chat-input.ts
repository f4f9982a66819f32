import { fstatSync } from 'node:fs'
import type { ChatInputKind } from '../chat/chat-message.js'
import { readLines } from '../terminal/line-input.js'

/**
 * What standard input is: a person at a terminal, a pipe or file with an end, or nothing (closed, /dev/null).
 */
export function chatInputKind(): ChatInputKind {
  if (process.stdin.isTTY) return 'interactive'
  try {
    const stats = fstatSync(0)
    return stats.isFIFO() || stats.isFile() || stats.isSocket() ? 'piped' : 'none'
  } catch {
    return 'none'
  }
}

/** The lines of standard input as chat messages, with a prompt for a person. */
export async function* chatLines(kind: ChatInputKind, signal: AbortSignal): AsyncGenerator<string> {
  if (kind === 'none') return
  for await (const line of readLines(process.stdin, { prompt: '> ', output: process.stderr, signal })) {
    // A person who only presses Enter says nothing; a pipe's empty line is one of its lines.
    if (line !== '' || kind === 'piped') yield line
  }
}
