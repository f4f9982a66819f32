// `npm test`: everything that has to hold before a change is merged. Arguments after `--` go to vitest.
// Only Node's own modules may be imported here: nothing may be installed yet.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { installPackages, packageBin, runOrExit } from './install.mjs'

/** Programs that tests talk to, by their Debian packages. A test that needs another one adds its line here. */
const SYSTEM_COMPONENTS = [
  { name: 'turnserver', aptPackage: 'coturn', neededBy: 'relay tests' },
  { name: 'ip', aptPackage: 'iproute2', neededBy: 'tests over an emulated link' },
  { name: 'nft', aptPackage: 'nftables', neededBy: 'tests behind NATs' },
  {
    name: 'chromium-headless-shell',
    aptPackage: 'chromium-headless-shell',
    instead: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'],
    neededBy: 'tests against a browser',
  },
  { name: 'openssl', aptPackage: 'openssl', neededBy: 'TLS tests' },
  { name: 'ffmpeg', aptPackage: 'ffmpeg', neededBy: 'media tests' },
  { name: 'Xvfb', aptPackage: 'xvfb', neededBy: 'the screen capture test' },
]

const CHECKED = ['src', 'test', 'bin', '.ci']

process.chdir(fileURLToPath(new URL('..', import.meta.url)))

installPackages()
const missing = installComponents()
const env = { ...process.env, WEBRTC_CLI_TEST_MISSING: missing.join(',') }

step('format', packageBin('oxfmt'), ['--check', ...CHECKED])
step('lint', packageBin('oxlint'), ['--type-aware', '--deny-warnings', ...CHECKED])
step('types', packageBin('tsc'), [])
step('build', process.execPath, ['.ci/build.mjs'])
console.log('tests')
runOrExit(
  packageBin('vitest'),
  ['run', '--project', 'unit', '--project', 'e2e', '--project', 'e2e-timed', ...process.argv.slice(2)],
  {
    env,
  },
)

function step(name, command, args) {
  console.log(name)
  const startedMs = performance.now()
  runOrExit(command, args)
  console.log(`${name} passed in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
}

/** Installs the system components that are not there where that is possible; returns the names still missing. */
function installComponents() {
  const absent = SYSTEM_COMPONENTS.filter(isAbsent)
  if (absent.length === 0) return []
  if (process.getuid?.() === 0 && isThere('apt-get')) {
    const packages = absent.map(({ aptPackage }) => aptPackage)
    console.log(`Installing ${packages.join(', ')} (apt-get)`)
    aptGet(['update', '-qq'])
    aptGet(['install', '-y', '-qq', '--no-install-recommends', ...packages])
  }
  const missing = absent.filter(isAbsent)
  for (const { name, aptPackage, neededBy } of missing) {
    console.error(`MISSING: ${name}, needed by ${neededBy}. Install it: apt-get install ${aptPackage}`)
  }
  if (missing.length > 0 && process.env.CI === 'true') {
    console.error('With CI=true every component has to be there.')
    process.exit(1)
  }
  return missing.map(({ name }) => name)
}

function isAbsent({ name, instead = [] }) {
  return ![name, ...instead].some(isThere)
}

function isThere(name) {
  // Looked up, not started: a server would not come back.
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { stdio: 'ignore' }).status === 0
}

function aptGet(args) {
  // A failure shows in what is missing afterwards.
  spawnSync('apt-get', args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
}
