import { abortable } from '../../async/abortable.js'
import { runChat } from '../../chat/chat.js'
import { CHAT_CHANNEL, type ChatInputKind } from '../../chat/chat-message.js'
import { SpokenTexts } from '../../chat/spoken-texts.js'
import { obey, type ObeyOptions } from '../../control/obey.js'
import { PeerError } from '../../errors.js'
import type { DataChannel } from '../../session/ports.js'
import type { Session } from '../../session/session.js'
import { givenCommands, pipedLines } from './command-input.js'
import type { ChatChannelPlan } from '../options/data-channel-options.js'
import type { RunContext } from '../run.js'
import type { SessionInput } from './session-input.js'

export interface Conversation {
  session: Session
  plan: ChatChannelPlan
  /** The chat channel, where both sides have it already. */
  negotiated: DataChannel | undefined
  messages: readonly string[]
  input: SessionInput
  perform: ObeyOptions['perform']
  /** What has been said is not the end. */
  stays: boolean
}

/**
 * Says what this side has to say and does what it is told. Resolves when the peer said bye, or when the input is done,
 * all of it has arrived and this side has said bye; rejects when the peer is lost.
 */
export async function converse(
  conversation: Conversation,
  { signal, report }: Pick<RunContext, 'signal' | 'report'>,
): Promise<void> {
  const { session, input, messages, stays } = conversation
  const ended = abortable(session.ended, signal).then((end) => {
    if (end.how === 'lost') throw end.error
  })
  ended.catch(() => undefined)
  const canChat = session.peerHello.features.includes('chat')
  if (!canChat && messages.length > 0) throw noChat(session)
  if (!canChat && input.from === 'lines') return ended

  const stop = new AbortController()
  const ending = AbortSignal.any([signal, stop.signal])
  const talk = startTalk(conversation, { signal: ending, report })
  try {
    if (canChat) {
      const channel = await Promise.race([chatChannel(conversation, ending), ended])
      if (!channel) return
      const { lines, kind, quit } = talk
      // Whoever quits does not wait for what a pipe on the other side may still bring.
      const leaving = Promise.race([session.ended, quit])
      const peerName = session.peer.name
      const chat = { messages, lines, input: kind, peerName, leaving }
      await runChat(channel, chat, { signal: ending, onEvent: report })
    } else {
      await Promise.race([ended, talk.done])
    }
    if (stays) await ended
    else await Promise.race([ended, session.leave('done')])
  } catch (error) {
    // Closed under the chat: the session knows whether that was a bye or a loss.
    if (session.signal.aborted) return ended
    throw error
  } finally {
    stop.abort(new PeerError('PEER_LOST', 'The session is over.'))
    await talk.done.catch(() => undefined) // who read the lines has its failure
  }
}

const never = new Promise<never>(() => undefined)

interface Talk {
  lines: AsyncIterable<string>
  kind: ChatInputKind
  /** Resolves when everything that was given is done. */
  done: Promise<unknown>
  /** Resolves where `quit` was given; never otherwise. */
  quit: Promise<unknown>
}

function startTalk(
  { session, input, perform }: Conversation,
  { signal, report }: Pick<RunContext, 'signal' | 'report'>,
): Talk {
  if (input.from === 'lines') {
    const { kind } = input
    return {
      lines: kind === 'piped' ? pipedLines(signal) : noLines(),
      kind,
      done: Promise.resolve(),
      quit: never,
    }
  }
  const { commander } = input
  const texts = new SpokenTexts()
  const canChat = session.peerHello.features.includes('chat')
  const done = obey({
    given: givenCommands(commander, signal),
    perform,
    say: async (text, options) => {
      if (!canChat) throw noChat(session)
      await texts.say(text, options)
    },
    commander,
    onEvent: report,
    signal,
  })
  done.then(
    () => texts.end(),
    (error: unknown) => texts.fail(error),
  )
  const quit = done.then(
    (how) => (how === 'quit' ? undefined : never),
    () => never,
  )
  return { lines: texts, kind: commander === 'program' ? 'piped' : 'interactive', done, quit }
}

async function* noLines(): AsyncGenerator<string> {}

/** The side that initiates opens the channel in-band; with --negotiated-id both have it already. */
async function chatChannel(
  { plan, session, negotiated }: Conversation,
  signal: AbortSignal,
): Promise<DataChannel | undefined> {
  if (negotiated) return negotiated
  if (session.initiator) return session.createDataChannel(plan.label, plan.init)
  for await (const channel of session.incomingDataChannels({ signal })) {
    if (channel.protocol === (plan.init.protocol ?? CHAT_CHANNEL.protocol)) return channel
  }
  return undefined
}

function noChat({ peerHello }: Session): PeerError {
  return new PeerError('PEER_INCOMPATIBLE', `The peer runs "${peerHello.verb}", which does not chat.`, {
    hint: 'Start offer on one side and answer on the other.',
  })
}
