import { spawnSync } from 'node:child_process'
import { openNamespace, whyNoNamespace, type Namespace } from './namespace.js'

/**
 * A public network with a server on two addresses, and private hosts, each behind a router of its own, all in network
 * namespaces. What the routers do is in the words of RFC 4787.
 */
export interface NatLab extends AsyncDisposable {
  /** Has every address of `SERVER`. */
  readonly server: Namespace
  readonly hosts: readonly Namespace[]
}

export const SERVER = {
  address: '203.0.113.1',
  /** For RFC 5780 a STUN server needs a second one. */
  otherAddress: '203.0.113.9',
  /** Takes packets and never answers. */
  blackhole: '203.0.113.66',
} as const

const MASQUERADE = 'oifname "outside" masquerade'
const KEEP_TO_ITSELF = 'ct state established,related accept'

/**
 * Rules of nftables by what the router does. Port-restricted is what Linux does by itself; a static mapping of every
 * port to the one host behind it makes it a full cone.
 */
const NATS = {
  'full-cone': ({ host, public: address }: Places) => ({
    pre: [
      `iifname "outside" meta l4proto udp dnat to ${host}`,
      `ip daddr ${address} meta l4proto udp dnat to ${host}`,
    ],
    post: [MASQUERADE, `oifname "inside" ip saddr ${host} snat to ${address}`],
    forward: ['accept'],
  }),
  // Whom a port of the host has talked to may answer it from any port; the router keeps the host's port numbers.
  'address-restricted': ({ host }: Places) => ({
    pre: [`iifname "outside" meta l4proto udp ip saddr . udp dport @talked dnat to ${host}`],
    post: [MASQUERADE],
    forward: ['iifname "inside" meta l4proto udp add @talked { ip daddr . udp sport }', 'accept'],
  }),
  'port-restricted': () => ({
    pre: [],
    post: [MASQUERADE],
    forward: ['iifname "inside" accept', KEEP_TO_ITSELF],
  }),
  symmetric: () => ({
    pre: [],
    post: [`${MASQUERADE} random,fully-random`],
    forward: ['iifname "inside" accept', KEEP_TO_ITSELF],
  }),
  'udp-blocked': () => ({
    pre: [],
    post: [MASQUERADE],
    forward: ['meta l4proto udp drop', 'iifname "inside" accept', KEEP_TO_ITSELF],
  }),
  blocked: () => ({ pre: [], post: [MASQUERADE], forward: [] }),
} satisfies Record<string, (places: Places) => Record<'pre' | 'post' | 'forward', string[]>>

export type NatKind = keyof typeof NATS | 'none'

interface Places {
  host: string
  public: string
}

/** Why no lab can be opened here; undefined where one can. With CI=true that is an error. */
export function whyNoNatLab(): string | undefined {
  const noNamespace = whyNoNamespace()
  if (noNamespace !== undefined) return noNamespace
  if (spawnSync('nft', ['--version']).status === 0) return undefined
  const reason = 'nftables is not installed'
  if (process.env['CI'] === 'true') throw new Error(`With CI=true these tests have to run, but ${reason}`)
  // eslint-disable-next-line no-console -- a skipped test has to be seen
  console.warn(`SKIPPED: ${reason}`)
  return reason
}

/** One host for each kind, in the same order; `none` is a host with a public address. */
export async function openNatLab(kinds: readonly NatKind[]): Promise<NatLab> {
  const open = () => openNamespace({ address: null })
  const server = await open()
  const opened = [server]
  const hosts: Namespace[] = []
  try {
    configure(server, SERVER_SCRIPT)
    for (const [index, kind] of kinds.entries()) {
      const host = await open()
      opened.push(host)
      hosts.push(host)
      if (kind === 'none') {
        configure(host, publicHost(server, index + 1))
      } else {
        const router = await open()
        opened.push(router)
        configure(host, WITHOUT_IPV6)
        configure(router, privateHost({ host, server }, index + 1, kind))
      }
    }
  } catch (error) {
    await disposeAll(opened)
    throw error
  }
  for (const host of hosts) configure(host, LINK_IS_UP)
  return { server, hosts, [Symbol.asyncDispose]: () => disposeAll(opened) }
}

/** The figures would depend on duplicate address detection. */
const WITHOUT_IPV6 = 'for of in all default; do echo 1 > /proc/sys/net/ipv6/conf/$of/disable_ipv6; done'

/** The kernel may take a second to say that a link it carries packets over is running. */
const LINK_IS_UP = 'until ip link show eth0 | grep -q "state UP"; do sleep 0.02; done'

/** What is sent to private addresses vanishes elsewhere: coturn ends a TCP session when it has no route for a packet. */
const SERVER_SCRIPT = `
${WITHOUT_IPV6}
ip link add public type bridge
ip link set public up
ip link add elsewhere type bridge
ip link set elsewhere arp off up
ip route add default dev elsewhere
${Object.values(SERVER)
  .map((address) => `ip address add ${address}/24 dev public`)
  .join('\n')}
nft -f - <<'RULES'
table ip lab {
  chain in { type filter hook input priority 0; ip daddr ${SERVER.blackhole} drop; }
}
RULES`

function publicHost(server: Namespace, number: number): string {
  return `
${WITHOUT_IPV6}
ip link add eth0 type veth peer name port${number} netns ${server.pid}
ip address add 203.0.113.${100 + number}/24 dev eth0
ip link set eth0 up
${inside(server, `ip link set port${number} master public up`)}`
}

function privateHost(
  { host, server }: Record<'host' | 'server', Namespace>,
  number: number,
  kind: keyof typeof NATS,
): string {
  const places = { host: `192.168.${number}.2`, public: `203.0.113.${100 + number}` }
  const rules = NATS[kind](places)
  const lines = (of: readonly string[]) => of.map((line) => `${line};`).join(' ')
  return `
${WITHOUT_IPV6}
echo 1 > /proc/sys/net/ipv4/ip_forward
ip link add inside type veth peer name eth0 netns ${host.pid}
ip link add outside type veth peer name port${number} netns ${server.pid}
ip address add 192.168.${number}.1/24 dev inside
ip address add ${places.public}/24 dev outside
ip link set inside up
ip link set outside up
nft -f - <<'RULES'
table ip lab {
  set talked { type ipv4_addr . inet_service; flags dynamic; timeout 1m; }
  chain pre { type nat hook prerouting priority -100; ${lines(rules.pre)} }
  chain post { type nat hook postrouting priority 100; ${lines(rules.post)} }
  chain pass { type filter hook forward priority 0; policy drop; ${lines(rules.forward)} }
  chain in { type filter hook input priority 0; iifname "outside" meta l4proto udp drop; }
}
RULES
${inside(server, `ip link set port${number} master public up`)}
${inside(host, `ip address add ${places.host}/24 dev eth0`)}
${inside(host, 'ip link set eth0 up')}
${inside(host, `ip route add default via 192.168.${number}.1`)}`
}

function inside({ pid }: Namespace, command: string): string {
  return `nsenter --net=/proc/${pid}/ns/net ${command}`
}

function configure({ pid }: Namespace, script: string): void {
  const { status, stderr } = spawnSync('nsenter', [`--net=/proc/${pid}/ns/net`, 'sh', '-ec', script], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`The network could not be set up: ${stderr}\n${script}`)
}

async function disposeAll(namespaces: readonly Namespace[]): Promise<void> {
  await Promise.all(namespaces.map((namespace) => namespace[Symbol.asyncDispose]()))
}
