import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import type { RawStats } from '../../src/session/ports.js'
import type { Role } from '../../src/signaling/message.js'
import { launchChromium } from './chromium.js'

const PAGE_SCRIPT = new URL('chromium-page.js', import.meta.url)

const ARGUMENTS = [
  // A camera that draws a test picture with a clock, and a microphone that beeps each second.
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  // The test machine may have no network but loopback, and nobody resolves .local names there.
  '--allow-loopback-in-peer-connection',
  // A page that was made up counts as one of the internet, which may not open sockets to loopback.
  '--disable-features=WebRtcHideLocalIpsWithMdns,LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets',
]

export interface JoinOptions {
  /** WebSocket URL of the signaling server. */
  url: string
  room: string
  role?: Role
  name?: string | null
  /** What the page says it can do; with `chat` an offering webrtc-cli opens a chat channel to it. */
  features?: readonly string[]
  /** Sends what the fake camera and microphone give. */
  media?: { audio?: MediaTrackConstraints | boolean; video?: MediaTrackConstraints | boolean }
}

/** The page's own peer, as functions given to `evaluate` see it: `window.peer`. */
export interface PagePeer {
  pc: RTCPeerConnection
  /** In-band channels that the other side opened. */
  channels: RTCDataChannel[]
  /** What arrives, played by the element. */
  tracks: { kind: 'audio' | 'video'; id: string; element: HTMLMediaElement }[]
  states: string[]
  /** What went wrong in the page. */
  log: string[]
  /** Resolves with the other side's hello. */
  connected: Promise<{ verb: string; features: string[] }>
  /** Resolves with the reason of the other side's bye. */
  ended: Promise<string>
  leave(reason: string): void
}

declare global {
  interface Window {
    peer: PagePeer
    joinRoom: (options: JoinOptions) => Promise<PagePeer>
  }
}

/** A page that is one peer of a session. */
export interface ChromiumPeer {
  readonly page: Page
  /** Resolves when the other side has said hello. */
  connected(): Promise<void>
  /** The page's own getStats(), as dictionaries. */
  getStats(): Promise<RawStats[]>
  /** Runs the function in the page; it sees nothing but its argument and `window.peer`. */
  evaluate<Result, Argument>(
    run: (argument: Argument) => Result | Promise<Result>,
    argument: Argument,
  ): Promise<Result>
  /** Says bye and leaves the room. */
  leave(reason?: string): Promise<void>
}

export interface Chromium extends AsyncDisposable {
  /** A page of its own joins the room; a failure in the page fails the call. */
  join(options: JoinOptions): Promise<ChromiumPeer>
}

/** A headless Chromium with a fake camera and microphone; disposing ends it. */
export async function openChromium({ args = [] }: { args?: readonly string[] } = {}): Promise<Chromium> {
  const browser = await launchChromium({ args: [...ARGUMENTS, ...args] })
  return {
    join: (options) => joinRoom(browser, options),
    [Symbol.asyncDispose]: () => browser.close(),
  }
}

async function joinRoom(browser: Browser, options: JoinOptions): Promise<ChromiumPeer> {
  const page = await browser.newPage()
  // The server lets in pages of its own address only, and getUserMedia wants a secure context, which loopback is.
  const origin = options.url.replace(/^ws/, 'http')
  const script = await readFile(PAGE_SCRIPT, 'utf8')
  const body = `<!doctype html><title>webrtc-cli test</title><body><script type="module">${script}</script>`
  await page.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body }))
  await page.goto(origin)
  const evaluate = <Result, Argument>(
    run: (argument: Argument) => Result | Promise<Result>,
    argument: Argument,
  ) => evaluateIn(page, run, argument)
  await evaluate(
    async (joined: JoinOptions) => {
      window.peer = await window.joinRoom(joined)
    },
    { role: 'answerer', name: 'chromium', features: ['media', 'stats'], ...options },
  )
  return {
    page,
    evaluate,
    connected: () => evaluate(() => window.peer.connected.then(() => undefined), null),
    getStats: () =>
      evaluate(async () => {
        const all: RawStats[] = []
        const report = await window.peer.pc.getStats()
        report.forEach((stats: RawStats) => all.push(stats))
        return all
      }, null),
    leave: (reason = 'done') => evaluate((why) => window.peer.leave(why), reason),
  }
}

/** What goes in and out is plain JSON. An error keeps its words only: its stack names files that are not here. */
async function evaluateIn<Result, Argument>(
  page: Page,
  run: (argument: Argument) => Result | Promise<Result>,
  argument: Argument,
): Promise<Result> {
  try {
    return await page.evaluate<Result>(`(${run.toString()})(${JSON.stringify(argument)})`)
  } catch (error) {
    const [words = ''] = String(error).split('\n    at ')
    // eslint-disable-next-line preserve-caught-error -- as a cause its stack would be followed too
    throw new Error(`in the page: ${words}`)
  }
}
