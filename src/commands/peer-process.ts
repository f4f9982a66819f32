import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { abortable } from '../async/abortable.js'
import { deferred } from '../async/deferred.js'
import { PeerError } from '../errors.js'
import type { PeerEvent, PeerEventOf } from '../events.js'

export interface PeerProcess extends AsyncDisposable {
  readonly events: readonly PeerEvent[]
  /** The first event of this name; rejects when the process ends without it. */
  event<Name extends PeerEvent['event']>(name: Name): Promise<PeerEventOf<Name>>
  /** All events once the process has ended. */
  finished(): Promise<readonly PeerEvent[]>
}

export interface StartPeerOptions {
  signal: AbortSignal
  onEvent?: (event: PeerEvent) => void
}

const BIN = fileURLToPath(new URL('../bin/webrtc-cli.js', import.meta.url))

/** Starts this program once more with `--json` and follows its events; disposing ends it. */
export function startPeer(args: readonly string[], { signal, onEvent }: StartPeerOptions): PeerProcess {
  const child = spawn(process.execPath, [BIN, ...args, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const events: PeerEvent[] = []
  const waiting = new Map<string, ReturnType<typeof deferred<PeerEvent>>>()
  const ended = deferred()

  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = parseEvent(line)
    if (!event) return
    events.push(event)
    onEvent?.(event)
    waiting.get(event.event)?.resolve(event)
  })
  child.on('error', (error) => ended.reject(error))
  child.on('close', () => {
    ended.resolve()
    for (const [name, { reject }] of waiting) reject(endedEarly(args, name, events))
  })

  return {
    events,
    async event(name) {
      const known = events.find((event) => event.event === name)
      const wanted = waiting.get(name) ?? deferred<PeerEvent>()
      waiting.set(name, wanted)
      if (known) wanted.resolve(known)
      else if (child.exitCode !== null) wanted.reject(endedEarly(args, name, events))
      const event = await abortable(wanted.promise, signal)
      if (isEvent(event, name)) return event
      throw endedEarly(args, name, events)
    },
    async finished() {
      await abortable(ended.promise, signal)
      return events
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await ended.promise.catch(() => undefined)
    },
  }
}

function isEvent<Name extends PeerEvent['event']>(event: PeerEvent, name: Name): event is PeerEventOf<Name> {
  return event.event === name
}

/** Our own program wrote the line; what is not JSON is not an event. */
function parseEvent(line: string): PeerEvent | undefined {
  try {
    const parsed: PeerEvent = JSON.parse(line)
    return parsed
  } catch {
    return undefined
  }
}

function endedEarly(args: readonly string[], name: string, events: readonly PeerEvent[]): PeerError {
  const error = events.find((event) => event.event === 'error')
  const reason = error ? `: ${error.message}` : '.'
  return new PeerError('CHECK_FAILED', `webrtc-cli ${args[0] ?? ''} ended before "${name}"${reason}`)
}
