/** A line being typed at the bottom of the terminal: what is needed to print something above it. */
export interface PromptLine {
  clear(): void
  restore(): void
}

/** A process has one terminal, so there is one line being typed at a time. */
let shown: PromptLine | undefined

/** Makes `prompt` the line that everything else is printed above, until disposed. */
export function showPromptLine(prompt: PromptLine): Disposable {
  const before = shown
  shown = prompt
  return {
    [Symbol.dispose]() {
      if (shown === prompt) shown = before
    },
  }
}

/** Runs `print` with the line being typed out of the way, and puts it back below. */
export function printAbovePrompt(print: () => void): void {
  const prompt = shown
  prompt?.clear()
  print()
  prompt?.restore()
}

/** Whether somebody is typing: what redraws its own line has to stay away then. */
export function isPromptShown(): boolean {
  return shown !== undefined
}
