import { spawnSync } from 'node:child_process'
import { chromium, type Browser } from 'playwright-core'

/** The one without windows first: it starts in a third of the time. Then Debian's name, and what other systems call it. */
const PROGRAMS = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
]

/** Why Chromium cannot be started here; undefined where it can. With CI=true that is an error. */
export function whyNoChromium(): string | undefined {
  if (findChromium() !== undefined) return undefined
  const reason = `none of ${PROGRAMS.join(', ')} is installed`
  if (process.env['CI'] === 'true') throw new Error(`With CI=true these tests have to run, but ${reason}`)
  // eslint-disable-next-line no-console -- a skipped test has to be seen
  console.warn(`SKIPPED: ${reason}`)
  return reason
}

/** A headless Chromium of this machine; whoever launches it closes it. */
export async function launchChromium({ args = [] }: { args?: readonly string[] } = {}): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error(whyNoChromium())
  // In a container there is no user namespace for the sandbox; the only pages are ours.
  return chromium.launch({ executablePath, chromiumSandbox: false, args: [...args] })
}

function findChromium(): string | undefined {
  for (const program of PROGRAMS) {
    const { status, stdout } = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', program], { encoding: 'utf8' })
    if (status === 0) return stdout.trim()
  }
  return undefined
}
