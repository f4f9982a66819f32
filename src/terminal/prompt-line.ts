/** What lives at the bottom of the terminal, such as a line being typed: what is needed to print something above it. */
export interface PromptLine {
  clear(): void
  restore(): void
}

/** A process has one terminal. The last one is at the bottom; those before it have been left behind. */
const shown: PromptLine[] = []

/** Makes `prompt` what everything else is printed above, until disposed. */
export function showPromptLine(prompt: PromptLine): Disposable {
  shown.push(prompt)
  return {
    [Symbol.dispose]() {
      const index = shown.indexOf(prompt)
      if (index !== -1) shown.splice(index, 1)
    },
  }
}

/** Runs `print` with what is at the bottom out of the way, and puts it back below. */
export function printAbovePrompt(print: () => void): void {
  const prompt = shown.at(-1)
  prompt?.clear()
  print()
  prompt?.restore()
}

/** Whether something other than `own` is at the bottom: what redraws itself has to stay away then. */
export function isPromptShown(own?: PromptLine): boolean {
  const prompt = shown.at(-1)
  return prompt !== undefined && prompt !== own
}
