import { toError } from '../errors.js'
import type { Journal } from './journal.js'
import { plainValue } from './plain-value.js'
import type {
  CreatePeerConnection,
  DataChannel,
  PeerConnection,
  PeerConnectionEvent,
  PeerConnectionStates,
  TrackSender,
} from './ports.js'

export interface JournalConnectionsOptions {
  /** What a reader calls the connection, where there are several in one run: `local`. */
  name?: string
}

/**
 * Makes connections on which every call and every event is recorded; what the port gets tomorrow is recorded too.
 * Where nobody reads the journal when a connection is made, that connection is the stack's own, at no cost.
 */
export function journalConnections(
  create: CreatePeerConnection,
  journal: Journal | undefined,
  { name }: JournalConnectionsOptions = {},
): CreatePeerConnection {
  return (configuration, onEvent) => {
    if (!journal?.isWanted) return create(configuration, onEvent)
    const recorder = new ConnectionRecorder(journal)
    journal.record(recorder.connection, {
      what: 'created',
      name: name ?? null,
      configuration: plainValue(configuration),
    })
    const connection = create(configuration, (event) => {
      recorder.recordEvent(event)
      onEvent(event)
    })
    return recorder.watch(connection)
  }
}

/** Read, not called, so often that recording them would hide everything else. */
const SILENT = new Set<string | symbol>(['states', 'localDescription', 'remoteDescription'])

class ConnectionRecorder {
  readonly connection: number
  readonly #journal: Journal
  #calls = 0
  #isClosed = false
  readonly #lastStates = new Map<string, string>()
  readonly #openChannels = new Set<DataChannel>()

  constructor(journal: Journal) {
    this.#journal = journal
    this.connection = journal.addConnection()
  }

  /** The same connection, whose calls are recorded. */
  watch(connection: PeerConnection): PeerConnection {
    const methods = new Map<string | symbol, unknown>()
    return new Proxy(connection, {
      get: (target, property) => {
        // The connection itself is `this`: it has private fields, which a proxy has not.
        const value: unknown = Reflect.get(target, property, target)
        if (typeof value !== 'function' || SILENT.has(property)) return value
        const known = methods.get(property)
        if (known !== undefined) return known
        const method = (...args: unknown[]): unknown =>
          this.#call(property, args, () => Reflect.apply(value, target, args))
        methods.set(property, method)
        return method
      },
    })
  }

  recordEvent(event: PeerConnectionEvent): void {
    switch (event.type) {
      case 'state':
        return this.#recordStates(event.states)
      case 'data-channel':
        this.#recordChannel(event.channel, 'announced')
        return this.#followChannel(event.channel)
      case 'first-message':
        return this.#record({ what: 'first-message', label: event.label })
      case 'track':
        return this.#record({ what: 'track', kind: event.track.kind, id: event.track.id })
      case 'candidate':
        return this.#record({ what: 'candidate', candidate: event.candidate, url: event.url })
      case 'end-of-candidates':
        return this.#record({ what: 'candidate', candidate: null, url: null })
      case 'candidate-error': {
        const { url, errorCode, errorText } = event
        return this.#record({ what: 'candidate-error', url, errorCode, errorText })
      }
      case 'negotiation-needed':
        return this.#record({ what: 'negotiation-needed' })
      default:
        return event satisfies never
    }
  }

  #call(property: string | symbol, args: unknown[], start: () => unknown): unknown {
    if (property === Symbol.asyncDispose) return this.#close(start)
    const method = String(property)
    if (method === 'getStats') return this.#getStats(start)
    const call = this.#calls++
    this.#record({ what: 'called', call, method, args: plainValue(args) })
    const fail = (thrown: unknown) =>
      this.#record({ what: 'failed', call, method, message: toError(thrown).message })
    const succeed = (result: unknown) =>
      this.#record({ what: 'succeeded', call, method, result: plainValue(result) })
    try {
      const result = start()
      if (result instanceof Promise) result.then(succeed, fail)
      else if (isDataChannel(result)) this.#followChannel(result)
      return isTrackSender(result) ? this.#watchSender(result, args[0]) : result
    } catch (error) {
      fail(error)
      throw error
    }
  }

  /** The same sender, whose changes are recorded with the track that they are of. */
  #watchSender(sender: TrackSender, track: unknown): TrackSender {
    return {
      setParameters: async (encoding) => {
        await this.#call('setParameters', [{ encodings: [encoding] }, track], () =>
          sender.setParameters(encoding),
        )
      },
      getStats: () => sender.getStats(),
    }
  }

  /** A sample is one entry, not a call and its result. */
  #getStats(start: () => unknown): unknown {
    const result = start()
    if (result instanceof Promise) {
      result.then(
        (report) => this.#record({ what: 'stats', report, bufferedAmounts: this.#bufferedAmounts() }),
        () => undefined, // who asked is told
      )
    }
    return result
  }

  /** After what it closes: its channels. Closing again is nothing new. */
  #close(start: () => unknown): unknown {
    const result = start()
    if (this.#isClosed) return result
    this.#isClosed = true
    void Promise.resolve(result).then(() => this.#record({ what: 'closed' })) // disposal never rejects
    return result
  }

  /** The stack tells all states at once and repeats itself: each change is one entry. */
  #recordStates({
    signalingState,
    iceGatheringState,
    iceConnectionState,
    connectionState,
  }: PeerConnectionStates): void {
    const states = { signalingState, iceGatheringState, iceConnectionState, connectionState } as const
    for (const state of STATE_NAMES) {
      if (this.#lastStates.get(state) === states[state]) continue
      this.#lastStates.set(state, states[state])
      this.#record({ what: 'state', state, value: states[state] })
    }
  }

  #followChannel(channel: DataChannel): void {
    channel.opened.then(
      () => {
        this.#openChannels.add(channel)
        this.#recordChannel(channel, 'open')
      },
      () => undefined, // it closes without having been open
    )
    // Never rejects.
    void channel.closed.then(() => {
      this.#openChannels.delete(channel)
      this.#recordChannel(channel, 'closed')
    })
  }

  #bufferedAmounts(): Map<string, number> {
    return new Map(Array.from(this.#openChannels, ({ label, bufferedAmount }) => [label, bufferedAmount]))
  }

  #recordChannel({ label, protocol }: DataChannel, state: 'announced' | 'open' | 'closed'): void {
    this.#record({ what: 'data-channel', label, protocol, state })
  }

  #record(fact: Parameters<Journal['record']>[1]): void {
    this.#journal.record(this.connection, fact)
  }
}

const STATE_NAMES = ['signalingState', 'iceGatheringState', 'iceConnectionState', 'connectionState'] as const

function isDataChannel(value: unknown): value is DataChannel {
  return typeof value === 'object' && value !== null && 'maxMessageSize' in value && 'opened' in value
}

function isTrackSender(value: unknown): value is TrackSender {
  return typeof value === 'object' && value !== null && 'setParameters' in value && 'getStats' in value
}
