import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Namespace, Terminal } from './namespace.js'
import { SERVER } from './nat-lab.js'

const BIN = fileURLToPath(new URL('../../bin/webrtc-cli.js', import.meta.url))

export interface TurnServerOptions {
  /** The first one relays. With two of them it speaks RFC 5780. */
  addresses?: readonly string[]
  port?: number
  tls?: { certificate: string; key: string; port: number }
  /** Instead of the user `user` with the password `password`. */
  secret?: string
  /** Further arguments of turnserver. */
  extra?: readonly string[]
}

/** Debian's coturn in a namespace, resolved once it listens. */
export async function startTurnServer(
  namespace: Namespace,
  options: TurnServerOptions = {},
): Promise<Terminal> {
  const { addresses = [SERVER.address, SERVER.otherAddress], port = 3478, tls, secret, extra = [] } = options
  const directory = await mkdtemp(join(tmpdir(), 'webrtc-cli-turn-'))
  const server = namespace.start([
    'turnserver',
    '-n',
    '-v',
    '--no-cli',
    '--no-dtls',
    '--realm=test',
    '--log-file=stdout',
    ...addresses.map((address) => `--listening-ip=${address}`),
    `--relay-ip=${addresses[0]}`,
    `--listening-port=${port}`,
    ...(tls === undefined
      ? ['--no-tls']
      : [`--tls-listening-port=${tls.port}`, `--cert=${tls.certificate}`, `--pkey=${tls.key}`]),
    ...(secret === undefined
      ? ['--lt-cred-mech', '--user=user:password']
      : ['--use-auth-secret', `--static-auth-secret=${secret}`]),
    `--pidfile=${join(directory, 'turnserver.pid')}`,
    `--userdb=${join(directory, 'turndb')}`,
    ...extra,
  ])
  // It lives as long as its namespace, which may be that of several tests.
  void server.exit.then(() => rm(directory, { recursive: true, force: true }))
  await server.waitForOutput(/Total General servers/)
  return server
}

/** Starts the built binary in a namespace. */
export function startIn(
  namespace: Namespace,
  args: readonly string[],
  options?: { input?: string },
): Terminal {
  return namespace.start([process.execPath, BIN, ...args], options)
}
