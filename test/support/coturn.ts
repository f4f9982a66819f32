import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { temporaryDirectory } from './files.js'

export interface Coturn extends AsyncDisposable {
  /** `turn:user:password@host:port`. */
  url: string
  host: string
  port: number
}

/** True where `npm test` said that a system component is missing; the test that needs it is skipped, loudly. */
export function isMissing(component: string): boolean {
  return (process.env['WEBRTC_CLI_TEST_MISSING'] ?? '').split(',').includes(component)
}

/** Debian's coturn on loopback with one user, resolved once it listens. */
export async function startCoturn(): Promise<Coturn> {
  const directory = await temporaryDirectory()
  const port = await freePort()
  const child = spawn(
    'turnserver',
    [
      '-n',
      '-v',
      '--no-cli',
      '--no-tls',
      '--no-dtls',
      '--lt-cred-mech',
      '--realm=test',
      '--user=user:password',
      '--listening-ip=127.0.0.1',
      '--relay-ip=127.0.0.1',
      `--listening-port=${port}`,
      '--allow-loopback-peers',
      '--log-file=stdout',
      `--pidfile=${join(directory, 'turnserver.pid')}`,
      `--userdb=${join(directory, 'turndb')}`,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const log: string[] = []
  await new Promise<void>((resolve, reject) => {
    const onLine = (line: string) => {
      log.push(line)
      if (/Total General servers/.test(line)) resolve()
    }
    createInterface({ input: child.stdout }).on('line', onLine)
    createInterface({ input: child.stderr }).on('line', onLine)
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`turnserver exited with ${code}:\n${log.join('\n')}`)))
  })
  return {
    url: `turn:user:password@127.0.0.1:${port}`,
    host: '127.0.0.1',
    port,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        if (child.exitCode !== null) return resolve()
        child.once('exit', () => resolve())
        child.kill('SIGKILL')
      }),
  }
}

/** coturn does not take port 0, so a port that is free now is looked for. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  await new Promise<void>((resolve) => socket.close(resolve))
  return port
}
