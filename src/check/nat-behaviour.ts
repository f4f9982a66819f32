import { Disposables } from '../async/disposables.js'
import { sameEndpoint, type Endpoint } from '../stun/endpoint.js'
import type { AddressFamily } from '../stun/ip-address.js'
import { ATTRIBUTE, changeRequest, readAddress, readErrorCode } from '../stun/stun-attributes.js'
import { decodeStunMessage, METHOD } from '../stun/stun-message.js'
import { readMappedAddress } from './measure-binding.js'
import type { Network } from './ports.js'
import { NoAnswer } from './probe-failure.js'
import { StunClient, type OnOther } from './stun-client.js'

/** RFC 4787 §4.1 and §5; `dependent` where two servers cannot tell address from port. */
export type MappingBehaviour =
  | 'endpoint-independent'
  | 'address-dependent'
  | 'address-and-port-dependent'
  | 'dependent'
export type FilteringBehaviour = 'endpoint-independent' | 'address-dependent' | 'address-and-port-dependent'

export interface NatBehaviour {
  family: AddressFamily
  /** This machine towards the servers, and as they see it. */
  local: Endpoint
  mapped: Endpoint
  /** False where the two are the same. */
  translated: boolean
  /** null where one server with one address is all there is. */
  mapping: MappingBehaviour | null
  filtering: FilteringBehaviour | null
  /** Whether the public address works from inside; null where there is no translation. */
  hairpinning: boolean | null
  method: 'rfc5780' | 'two-servers' | 'one-server'
}

/** Sent three times by then; a filter that lets nothing pass is known by silence alone. */
const SILENCE_MS = 2_000

export interface NatOptions {
  network: Network
  signal: AbortSignal
}

/**
 * How the NAT in front of this machine behaves (RFC 5780 §4), as servers that answered Binding requests over UDP
 * tell it. One of them with two addresses tells all; two with one each tell the mapping. Rejects with NoAnswer where
 * none answers any more.
 */
export async function discoverNatBehaviour(
  family: AddressFamily,
  servers: readonly Endpoint[],
  { network, signal }: NatOptions,
): Promise<NatBehaviour> {
  await using opened = new Disposables()
  // One server out of reach says nothing about the others, so failures of sending are not listened to.
  const onFailure = () => undefined
  const openClient = async (onOther?: OnOther) =>
    opened.use(
      await StunClient.open(
        ({ onPacket }) => network.openUdp(family, { onPacket, onFailure, signal }),
        onOther,
      ),
    )
  const client = await openClient()
  const asked = await Promise.allSettled(
    servers.map((to) => untilSilent(signal, (limited) => ask(client, to, limited))),
  )
  const answers = asked.flatMap((result) => (result.status === 'fulfilled' ? (result.value ?? []) : []))
  const primary =
    answers.find(({ server, other }) => other !== null && isAnother(server, other)) ?? answers[0]
  if (primary === undefined) throw new NoAnswer()

  const local = await localEndpoint(client, primary.server, { network, signal, family })
  const translated = !sameEndpoint(local, primary.mapped)
  const prober: Prober = { client, openClient, signal }
  const isComplete = primary.other !== null && isAnother(primary.server, primary.other)
  const [mapping, filtering, hairpinning] = await Promise.all([
    isComplete ? mappingByRfc5780(primary, prober) : mappingByServers(answers),
    isComplete ? filteringByRfc5780(primary, prober) : null,
    translated ? hairpins(primary.server, prober) : null,
  ])
  return {
    family,
    local,
    mapped: primary.mapped,
    translated,
    mapping: translated ? mapping : 'endpoint-independent',
    filtering,
    hairpinning,
    method: isComplete ? 'rfc5780' : answers.length > 1 ? 'two-servers' : 'one-server',
  }
}

interface Answer {
  server: Endpoint
  mapped: Endpoint
  other: Endpoint | null
}

interface Prober {
  client: StunClient
  openClient: (onOther?: OnOther) => Promise<StunClient>
  signal: AbortSignal
}

async function ask(client: StunClient, server: Endpoint, signal: AbortSignal): Promise<Answer> {
  const response = await client.request({ method: METHOD.BINDING, to: server }, { signal })
  const other = readAddress(response.message, ATTRIBUTE.OTHER_ADDRESS) ?? null
  return { server, mapped: readMappedAddress(response), other }
}

/** An OTHER-ADDRESS helps only where both address and port are others. */
function isAnother(server: Endpoint, other: Endpoint): boolean {
  return server.address !== other.address && server.port !== other.port
}

/** RFC 5780 §4.3, tests II and III, from the socket that test I was made with. */
async function mappingByRfc5780(
  { server, mapped, other }: Answer,
  { client, signal }: Prober,
): Promise<MappingBehaviour | null> {
  if (other === null) return null
  try {
    const second = await ask(client, { address: other.address, port: server.port }, signal)
    if (sameEndpoint(second.mapped, mapped)) return 'endpoint-independent'
    const third = await ask(client, other, signal)
    return sameEndpoint(third.mapped, second.mapped) ? 'address-dependent' : 'address-and-port-dependent'
  } catch {
    return null
  }
}

/** Whether servers at other addresses see the same one; other ports of one address tell only the half. */
function mappingByServers(answers: readonly Answer[]): MappingBehaviour | null {
  const [first, ...others] = answers
  if (first === undefined || others.length === 0) return null
  const elsewhere = others.filter(({ server }) => server.address !== first.server.address)
  const onOtherPorts = others.filter(({ server }) => server.address === first.server.address)
  if (onOtherPorts.some(({ mapped }) => !sameEndpoint(mapped, first.mapped)))
    return 'address-and-port-dependent'
  if (elsewhere.length === 0) return null
  return elsewhere.every(({ mapped }) => sameEndpoint(mapped, first.mapped))
    ? 'endpoint-independent'
    : 'dependent'
}

/** RFC 5780 §4.4, tests II and III at once, from a socket that never sent to the other address. */
async function filteringByRfc5780({ server }: Answer, prober: Prober): Promise<FilteringBehaviour | null> {
  const client = await prober.openClient()
  try {
    await ask(client, server, prober.signal)
    const [fromElsewhere, fromOtherPort] = await Promise.all([
      answersFrom(client, server, { ip: true, port: true }, prober.signal),
      answersFrom(client, server, { ip: false, port: true }, prober.signal),
    ])
    if (fromElsewhere === null || fromOtherPort === null) return null
    if (fromElsewhere) return 'endpoint-independent'
    return fromOtherPort ? 'address-dependent' : 'address-and-port-dependent'
  } catch {
    return null
  }
}

/** Whether an answer from there comes through; null where the server does not give one. */
async function answersFrom(
  client: StunClient,
  server: Endpoint,
  change: { ip: boolean; port: boolean },
  signal: AbortSignal,
): Promise<boolean | null> {
  const request = { method: METHOD.BINDING, to: server, attributes: [changeRequest(change)] }
  const response = await untilSilent(signal, (limited) => client.request(request, { signal: limited }))
  if (response === undefined) return false
  // An answer from where it was asked proves nothing.
  return readErrorCode(response.message) === undefined && !sameEndpoint(response.from, server) ? true : null
}

/** Whether what one socket sends to the public address of another arrives there. */
async function hairpins(server: Endpoint, { openClient, signal }: Prober): Promise<boolean | null> {
  const arrived = new AbortController()
  const target = await openClient((bytes) => {
    if (decodeStunMessage(bytes)?.class === 'request') arrived.abort()
  })
  try {
    const [{ mapped }, sender] = await Promise.all([ask(target, server, signal), openClient()])
    const either = AbortSignal.any([signal, arrived.signal])
    // Nobody answers the request: that it arrives is what counts.
    await untilSilent(either, (limited) =>
      sender.request({ method: METHOD.BINDING, to: mapped }, { signal: limited }).catch((error: unknown) => {
        if (!arrived.signal.aborted) throw error
      }),
    )
    return arrived.signal.aborted
  } catch {
    return arrived.signal.aborted ? true : null
  }
}

/** What `request` resolves with; undefined after the time in which an answer would have come. */
async function untilSilent<T>(
  signal: AbortSignal,
  request: (limited: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const silence = new AbortController()
  const timer = setTimeout(() => silence.abort(new NoAnswer()), SILENCE_MS)
  try {
    return await request(AbortSignal.any([signal, silence.signal]))
  } catch (error) {
    if (error instanceof NoAnswer && !signal.aborted) return undefined
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** An unconnected socket is bound to every address; a connected one tells which of them the system uses. */
async function localEndpoint(
  { link }: StunClient,
  remote: Endpoint,
  { network, signal, family }: NatOptions & { family: AddressFamily },
): Promise<Endpoint> {
  const ignore = () => undefined
  await using route = await network.openUdp(family, { remote, signal, onPacket: ignore, onFailure: ignore })
  return { address: route.local.address, port: link.local.port }
}
