import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryDirectory } from './files.js'
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
export async function startTurnServer(namespace: Namespace, options: TurnServerOptions = {}): Promise<void> {
  const { addresses = [SERVER.address, SERVER.otherAddress], port = 3478, tls, secret, extra = [] } = options
  const directory = await temporaryDirectory()
  const server = namespace.start([
    'turnserver',
    '-nv',
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
  await server.waitForOutput(/Total General servers/)
}

/** Starts the built binary in a namespace. */
export function startIn(
  namespace: Namespace,
  args: readonly string[],
  options?: { input?: string },
): Terminal {
  return namespace.start([process.execPath, BIN, ...args], options)
}
