import * as v from 'valibot'
import { milliseconds } from './quantities.js'

const addressFamily = v.picklist(['IPv4', 'IPv6'])
const endpoint = v.object({ address: v.string(), port: v.number() })

const failure = v.object({
  /** `timeout`, `refused`, `unreachable`, `unknown-host`, `tls`, `certificate`, `closed`, `not-stun`, or `401`. */
  code: v.string(),
  message: v.string(),
  hint: v.nullable(v.string()),
})

const candidateType = v.picklist(['host', 'srflx', 'relay'])

/** Events of the verb `check`: one for each finding, and the verdict at the end. */
export const checkEventSchemas = [
  v.object({
    event: v.literal('check-network'),
    interfaces: v.array(
      v.object({ name: v.string(), address: v.string(), family: addressFamily, internal: v.boolean() }),
    ),
  }),
  v.object({
    event: v.literal('check-server'),
    /** Without credentials. */
    url: v.string(),
    transport: v.picklist(['udp', 'tcp', 'tls']),
    /** Where the server was found; null where its name has no address. */
    family: v.nullable(addressFamily),
    address: v.nullable(v.string()),
    port: v.number(),
    ok: v.boolean(),
    /** Nobody asked for this transport; it is no fault when it does not work. */
    extra: v.boolean(),
    /** To the server and back: the median of several Binding requests. */
    roundTripTimeMs: v.nullable(milliseconds),
    minRoundTripTimeMs: v.nullable(milliseconds),
    /** This machine as the server sees it. */
    mapped: v.nullable(endpoint),
    software: v.nullable(v.string()),
    allocation: v.nullable(v.object({ relayed: endpoint, lifetimeS: v.number(), realm: v.string() })),
    /** From one allocation to another, through the server. */
    relay: v.nullable(
      v.object({
        roundTripTimeMs: v.nullable(milliseconds),
        bitsPerSecond: v.number(),
        /** 0 to 1. */
        lossRatio: v.number(),
      }),
    ),
    /** Why the relay was not measured though there is an allocation. */
    relayFailure: v.nullable(failure),
    certificate: v.nullable(
      v.object({
        subject: v.string(),
        issuer: v.string(),
        names: v.array(v.string()),
        validFrom: v.string(),
        validTo: v.string(),
        /** Whether an authority that is known here, or given with `--ca`, stands for it. */
        trusted: v.boolean(),
        nameMatches: v.boolean(),
      }),
    ),
    /** ISO 8601; null where the user name says no time. */
    credentialsExpire: v.nullable(v.string()),
    failure: v.nullable(failure),
  }),
  v.object({
    event: v.literal('check-nat'),
    family: addressFamily,
    local: endpoint,
    mapped: endpoint,
    translated: v.boolean(),
    /** RFC 4787 §4.1; `dependent` where it depends on address or port, which cannot be told apart. */
    mapping: v.nullable(
      v.picklist(['endpoint-independent', 'address-dependent', 'address-and-port-dependent', 'dependent']),
    ),
    /** RFC 4787 §5. */
    filtering: v.nullable(
      v.picklist(['endpoint-independent', 'address-dependent', 'address-and-port-dependent']),
    ),
    hairpinning: v.nullable(v.boolean()),
    /** `rfc5780` where a server with two addresses helped. */
    method: v.picklist(['rfc5780', 'two-servers', 'one-server']),
  }),
  v.object({
    event: v.literal('check-connectivity'),
    /** Two peers on this machine, with candidates of this type only. */
    type: candidateType,
    /** null where it could not be tried. */
    ok: v.nullable(v.boolean()),
    elapsedMs: v.nullable(milliseconds),
    candidates: v.array(
      v.object({ protocol: v.string(), address: v.nullable(v.string()), port: v.nullable(v.number()) }),
    ),
    reason: v.nullable(v.string()),
  }),
  v.object({
    event: v.literal('check-verdict'),
    verdict: v.picklist(['direct', 'relay', 'blocked', 'unknown']),
    ok: v.boolean(),
    message: v.string(),
    /** What to do, one sentence each. */
    advice: v.array(v.string()),
  }),
] as const
