import type { Endpoint } from '../stun/endpoint.js'
import { ATTRIBUTE, readAddress, readErrorCode, readText } from '../stun/stun-attributes.js'
import { METHOD } from '../stun/stun-message.js'
import { median } from './median.js'
import { NoAnswer, ProbeFailure } from './probe-failure.js'
import type { StunClient, StunResponse } from './stun-client.js'
import { explainStunError } from './turn-errors.js'

/** Enough for a median that one late packet does not move. */
const TRIES = 5

export interface BindingFigures {
  /** Median, in milliseconds, of the tries that were answered at once; null where none was. */
  roundTripTimeMs: number | null
  minRoundTripTimeMs: number | null
  tries: number
  answered: number
  /** This client as the server sees it. */
  mapped: Endpoint
  /** Where a server with two addresses also answers (RFC 5780 §7.4). */
  other: Endpoint | null
  software: string | null
}

/**
 * Asks a server several times, one after the other, for the address it sees. Rejects with what the first try ends
 * in; later ones only count as unanswered.
 */
export async function measureBinding(
  client: StunClient,
  { signal }: { signal: AbortSignal },
): Promise<BindingFigures> {
  const ask = () => client.request({ method: METHOD.BINDING, fingerprint: false }, { signal })
  const first = await ask()
  const mapped = readMappedAddress(first)
  const answers = [first]
  while (answers.length < TRIES) {
    try {
      answers.push(await ask())
    } catch (error) {
      if (error instanceof NoAnswer || signal.aborted) break
      throw error
    }
  }
  const times = answers.filter(({ sendings }) => sendings === 1).map(({ roundTripTimeMs }) => roundTripTimeMs)
  return {
    roundTripTimeMs: median(times),
    minRoundTripTimeMs: times.length === 0 ? null : Math.min(...times),
    tries: TRIES,
    answered: answers.length,
    mapped,
    other: readAddress(first.message, ATTRIBUTE.OTHER_ADDRESS) ?? null,
    software: readText(first.message, ATTRIBUTE.SOFTWARE)?.slice(0, 100) ?? null,
  }
}

/** The address a Binding response gives; throws ProbeFailure where it is an error or gives none. */
export function readMappedAddress({ message }: StunResponse): Endpoint {
  const error = readErrorCode(message)
  if (error) throw new ProbeFailure(explainStunError(error))
  const mapped =
    readAddress(message, ATTRIBUTE.XOR_MAPPED_ADDRESS) ?? readAddress(message, ATTRIBUTE.MAPPED_ADDRESS)
  if (mapped) return mapped
  throw new ProbeFailure({
    code: 'protocol',
    message: 'its answer has no address in it',
    hint: 'It may not be a STUN server: check the port.',
  })
}
