import type { AbortOptions } from '../async/abortable.js'
import { PeerError, toPeerError } from '../errors.js'
import type { PeerEventOf, ReportEvent } from '../events.js'
import type { SessionCommand, SessionCommandOf } from './command.js'
import type { GivenCommand } from './parse-command.js'

/** Given faster than they are done, commands wait where they come from. */
const MAX_PENDING = 64

/** They take as long as they take, and nothing waits for them. */
const BESIDE: readonly SessionCommand['command'][] = ['send', 'accept', 'decline', 'cancel']

/** What is neither said nor the end. */
export type ActionCommand = Exclude<SessionCommand, SessionCommandOf<'chat' | 'quit'>>

/** Who tells the session what to do: a person at a terminal, or a program with `--control`. */
export type Commander = 'person' | 'program'

/** What the answer to a command has beside its success. */
export type CommandAnswer = Pick<PeerEventOf<'command'>, 'commands'>

export interface ObeyOptions {
  given: AsyncIterable<GivenCommand>
  /** Does what a command says; rejects where that cannot be done. */
  perform: (action: ActionCommand, options: { signal: AbortSignal }) => Promise<CommandAnswer | void>
  /** Says a text; resolves when it was sent. */
  say: (text: string, options: AbortOptions) => Promise<void>
  /** A program has its texts answered too, and its `quit` comes after what it gave before; a person's is at once. */
  commander: Commander
  onEvent: ReportEvent
  signal: AbortSignal
}

/**
 * Does what is given, one after the other, and answers each with one `command` event; a command that fails ends
 * nothing. Texts and what concerns files do not wait for the others. Resolves when the input has ended, or with `quit`, and everything is done;
 * the `quit` of a person gives up what is not, except for texts.
 */
export async function obey(options: ObeyOptions): Promise<'end' | 'quit'> {
  const giveUp = new AbortController()
  const obedience = new Obedience(options, giveUp)
  try {
    for await (const line of options.given) {
      options.signal.throwIfAborted()
      if ((await obedience.take(line)) === 'quit') return 'quit'
    }
    await obedience.done()
    return 'end'
  } finally {
    giveUp.abort(leaving())
    await obedience.done()
  }
}

class Obedience {
  readonly #options: ObeyOptions
  readonly #giveUp: AbortController
  readonly #acting: AbortSignal
  readonly #pending = new Set<Promise<void>>()
  #inTurn: Promise<void> = Promise.resolve()

  constructor(options: ObeyOptions, giveUp: AbortController) {
    this.#options = options
    this.#giveUp = giveUp
    this.#acting = AbortSignal.any([options.signal, giveUp.signal])
  }

  /** Resolves when there is room for the next one. */
  async take(line: GivenCommand): Promise<'quit' | undefined> {
    if (line.given === 'mistake') {
      this.#answer(line.name, line.id, { failure: line.error })
      return undefined
    }
    const { command } = line
    if (command.command === 'quit') {
      if (this.#options.commander === 'person') this.#giveUp.abort(leaving())
      await this.done()
      this.#answer(command.command, command.id)
      return 'quit'
    }
    this.#track(this.#begin(command))
    if (this.#pending.size >= MAX_PENDING) await Promise.race(this.#pending)
    return undefined
  }

  async done(): Promise<void> {
    await Promise.all(this.#pending)
  }

  /** Never rejects. */
  #begin(command: ActionCommand | SessionCommandOf<'chat'>): Promise<void> {
    if (command.command === 'chat') return this.#say(command)
    if (BESIDE.includes(command.command)) return this.#act(command)
    this.#inTurn = this.#inTurn.then(() => this.#act(command))
    return this.#inTurn
  }

  async #say({ text, command, id }: SessionCommandOf<'chat'>): Promise<void> {
    const { say, signal, commander } = this.#options
    try {
      await say(text, { signal })
      if (commander === 'program') this.#answer(command, id)
    } catch (error) {
      this.#answer(command, id, { failure: toPeerError(error) })
    }
  }

  async #act(action: ActionCommand): Promise<void> {
    const signal = this.#acting
    try {
      signal.throwIfAborted()
      const details = await this.#options.perform(action, { signal })
      this.#answer(action.command, action.id, details ?? {})
    } catch (error) {
      const failure = toPeerError(signal.aborted ? signal.reason : error)
      this.#answer(action.command, action.id, { failure })
    }
  }

  #track(doing: Promise<void>): void {
    this.#pending.add(doing)
    void doing.finally(() => this.#pending.delete(doing)) // never rejects
  }

  #answer(
    command: string | null,
    id: string | number | null | undefined,
    { failure, ...details }: CommandAnswer & { failure?: PeerError } = {},
  ): void {
    const error = failure
      ? { code: failure.code, message: failure.message, hint: failure.hint ?? null }
      : null
    const ok = error === null
    this.#options.onEvent({ event: 'command', command, id: id ?? null, ok, error, ...details })
  }
}

function leaving(): PeerError {
  return new PeerError('PEER_LOST', 'This side is leaving the session.')
}
