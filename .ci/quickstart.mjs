// `npm run quickstart`: from a fresh checkout to the demo. Only Node's own modules may be imported here.
import { fileURLToPath } from 'node:url'
import { installPackages, isBuildStale, runOrExit } from './install.mjs'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))

installPackages()
if (isBuildStale()) {
  console.error('Building dist/')
  runOrExit(process.execPath, ['.ci/build.mjs'])
}
runOrExit(process.execPath, ['bin/webrtc-cli.js', 'demo', ...process.argv.slice(2)])
