// What quickstart and test share: the packages, and running one command after the other.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const IS_WINDOWS = process.platform === 'win32'

/** Runs a command with this process's streams; ends this process with its code where it fails. */
export function runOrExit(command, args, { env = process.env } = {}) {
  const { status, signal, error } = spawnSync(command, args, { stdio: 'inherit', env, shell: IS_WINDOWS })
  if (error !== undefined) {
    console.error(`Cannot run ${command}: ${error.message}`)
    process.exit(1)
  }
  if (signal !== null) process.exit(signal === 'SIGINT' ? 130 : 143)
  if (status !== 0) process.exit(status ?? 1)
}

/** Installs exactly what the lock file says, where that has not been done since the lock file changed. */
export function installPackages() {
  // npm writes this file at the end of every install, so half an install counts as none.
  const installed = modifiedMs('node_modules/.package-lock.json')
  if (installed !== undefined && installed >= (modifiedMs('package-lock.json') ?? 0)) return
  console.error('Installing the packages of package-lock.json (npm ci)')
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  // The build tools are needed whatever NODE_ENV says.
  runOrExit('npm', ['ci', '--include=dev', ...quiet])
}

/** Whether dist/ is missing or older than anything it is built from. */
export function isBuildStale() {
  const built = [modifiedMs('dist/cli.js'), modifiedMs('dist/events.schema.json')]
  if (built.includes(undefined)) return true
  const sources = readdirSync('src', { recursive: true }).map((file) => join('src', file))
  const inputs = [...sources, '.ci/build.mjs', 'package.json', 'package-lock.json']
  return Math.max(...inputs.map((file) => modifiedMs(file) ?? 0)) > Math.min(...built)
}

/** An executable of an installed package. */
export function packageBin(name) {
  return join('node_modules', '.bin', name)
}

function modifiedMs(file) {
  return existsSync(file) ? statSync(file).mtimeMs : undefined
}
