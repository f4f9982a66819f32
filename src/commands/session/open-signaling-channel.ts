import { readFile } from 'node:fs/promises'
import { describeSystemError } from '../../adapters/files/system-error.js'
import type { AbortOptions } from '../../async/abortable.js'
import { PeerError } from '../../errors.js'
import type { OpenSignalingChannel } from '../../signaling/channel.js'
import type { SignalingArgs, TimeArgs } from '../options/options.js'
import type { RunContext } from '../run.js'

/** Where peers without `--signal` meet: the first one there starts the server. */
export const DEFAULT_SIGNALING_HOST = '127.0.0.1'
export const DEFAULT_SIGNALING_PORT = 8787

export interface SignalingPlace extends AsyncDisposable {
  url: string
  open: OpenSignalingChannel
}

/**
 * Finds the signaling server the options name. `embedded[:PORT]` starts it in this process; without an option it is
 * started on the default port where nothing listens there yet.
 */
export async function openSignalingPlace(
  args: SignalingArgs & Pick<TimeArgs, 'connectTimeout'>,
  { signal, report }: RunContext,
): Promise<SignalingPlace> {
  const ca = args.ca === undefined ? undefined : await readCertificates(args.ca)
  const { openSignaling } = await import('../../adapters/websocket/open-signaling.js')
  const openUrl = (url: string) => (options?: AbortOptions) =>
    openSignaling(url, { ca, token: args.token, connectTimeoutMs: args.connectTimeout, ...options })

  if (args.signal !== undefined && !/^embedded\b/.test(args.signal)) {
    const url = args.signal
    return { url, open: openUrl(url), [Symbol.asyncDispose]: async () => undefined }
  }
  const port = args.signal === undefined ? DEFAULT_SIGNALING_PORT : readEmbeddedPort(args.signal)
  const url = `ws://${DEFAULT_SIGNALING_HOST}:${port}`
  const existing = args.signal === undefined ? await tryOpen(openUrl(url), signal) : undefined
  if (existing) return reuseFirst(url, existing, openUrl(url))

  const server = await startEmbedded(port, args.token, { signal, mayExist: args.signal === undefined })
  if (!server) return { url, open: openUrl(url), [Symbol.asyncDispose]: async () => undefined }
  report({ event: 'listening', url: server.url, embedded: true })
  return {
    url: server.url,
    open: openUrl(server.url),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

type OpenChannel = Awaited<ReturnType<OpenSignalingChannel>>

/** The connection that found the server is the one to use, once. */
function reuseFirst(url: string, existing: OpenChannel, open: OpenSignalingChannel): SignalingPlace {
  let first: OpenChannel | undefined = existing
  return {
    url,
    open: (options) => {
      const channel = first
      first = undefined
      return channel ? Promise.resolve(channel) : open(options)
    },
    [Symbol.asyncDispose]: async () => {
      await first?.[Symbol.asyncDispose]()
    },
  }
}

async function tryOpen(open: OpenSignalingChannel, signal: AbortSignal): Promise<OpenChannel | undefined> {
  try {
    return await open({ signal })
  } catch (error) {
    if (error instanceof PeerError && systemCode(error.cause) === 'ECONNREFUSED') return undefined
    throw error
  }
}

/** Undefined when another process took the port in the meantime, which is as good. */
async function startEmbedded(
  port: number,
  token: string | undefined,
  { signal, mayExist }: { signal: AbortSignal; mayExist: boolean },
) {
  const [{ listenSignaling }, { createRoomServer }, { version }] = await Promise.all([
    import('../../adapters/websocket/listen.js'),
    import('../../server/room-server.js'),
    import('../version.js'),
  ])
  try {
    const server = createRoomServer({ version })
    return await listenSignaling({ host: DEFAULT_SIGNALING_HOST, port, server, token }, { signal })
  } catch (error) {
    if (mayExist && error instanceof PeerError && systemCode(error.cause) === 'EADDRINUSE') return undefined
    throw error
  }
}

function readEmbeddedPort(text: string): number {
  const [, port = String(DEFAULT_SIGNALING_PORT)] = /^embedded(?::(\d{1,5}))?$/.exec(text) ?? []
  if (/^embedded(?::\d{1,5})?$/.test(text) && Number(port) <= 65_535) return Number(port)
  throw new PeerError(
    'USAGE',
    `--signal must be a ws:// or wss:// URL or embedded[:PORT], got ${JSON.stringify(text)}.`,
  )
}

const PEM_CERTIFICATE = /^-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/m

/** The PEM file of `--ca`; throws INPUT_UNREADABLE, and INPUT_INVALID where there is no certificate in it. */
export async function readCertificates(path: string): Promise<Buffer> {
  const { X509Certificate } = await import('node:crypto')
  const pem = await readFile(path).catch((cause: unknown) => {
    const why = describeSystemError(cause)
    throw new PeerError('INPUT_UNREADABLE', `Cannot read the certificates in ${path} (--ca): ${why}.`, {
      cause,
    })
  })
  try {
    // TLS takes PEM alone, and passes over what it cannot read.
    if (!PEM_CERTIFICATE.test(pem.toString('latin1'))) throw new Error('There is no line that begins one.')
    void new X509Certificate(pem)
    return pem
  } catch (cause) {
    throw new PeerError('INPUT_INVALID', `There is no certificate in ${path} (--ca).`, {
      hint: 'It is a PEM file, with lines -----BEGIN CERTIFICATE----- and -----END CERTIFICATE-----.',
      cause,
    })
  }
}

function systemCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
