// Two network namespaces joined by one emulated link, for benches that need more than one process and real sockets.
// Needs root, a C compiler, iproute2 and util-linux; the link itself is test/bench/transfer/link/link.c.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const SOURCE = fileURLToPath(new URL('../transfer/link/link.c', import.meta.url))
const HOLD = 'ip link set lo up && echo ready && exec cat'

const ALLOWED_CONGESTION = '/proc/sys/net/ipv4/tcp_allowed_congestion_control'

/** Of a range for private networks; the namespaces have no other network. */
const ADDRESSES = ['10.78.0.1', '10.78.0.2']

/** Why no link can be opened here, as a sentence; undefined where one can. */
export function whyNoLink() {
  for (const [program, ...args] of [
    ['cc', '--version'],
    ['ip', '-V'],
    ['nsenter', '--version'],
  ]) {
    if (spawnSync(program, args).status !== 0) return `${program} is missing`
  }
  try {
    accessSync('/dev/net/tun')
  } catch {
    return '/dev/net/tun is missing'
  }
  const { status, stderr, error } = spawnSync('unshare', ['--net', 'true'], { encoding: 'utf8' })
  return status === 0 ? undefined : `no network namespace can be made: ${(error?.message ?? stderr).trim()}`
}

/** Linux lets another namespace have a congestion control only if everybody may; what was allowed comes back. */
function allowCongestion(name) {
  const allowed = readFileSync(ALLOWED_CONGESTION, 'utf8').trim()
  if (allowed.split(' ').includes(name)) return
  writeFileSync(ALLOWED_CONGESTION, `${allowed} ${name}`)
  process.on('exit', () => writeFileSync(ALLOWED_CONGESTION, allowed))
}

/**
 * Opens two hosts with the link between them: `delayMs` is one way, everything holds for both directions. Each host has
 * an `address` and turns a command into one that runs there; `congestion` is the TCP congestion control both have by
 * default (without it: this machine's). `close` takes all down and resolves with what the link
 * counted. Both namespaces and the link end with this process, however it ends.
 */
export async function openEmulatedLink({
  delayMs,
  lossPercent = 0,
  rateMbit = 0,
  queueMs = 100,
  seed = 1,
  congestion,
}) {
  if (congestion) allowCongestion(congestion)
  const holders = [await holdNamespace(), await holdNamespace()]
  const [a, b] = holders.map(({ pid }) => `/proc/${pid}/ns/net`)
  const figures = [delayMs * 1e3, lossPercent * 1e4, rateMbit * 1e6, queueMs * 1e3, seed]
  const link = spawn(program(), [a, b, ...figures.map((figure) => String(Math.round(figure)))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: link.stdout })[Symbol.asyncIterator]()
  const { value: first } = await lines.next()
  if (first !== 'ready') throw new Error('the link did not come up')
  const hosts = [a, b].map((path, index) => openHost(path, ADDRESSES[index], congestion))
  return {
    hosts,
    async close() {
      link.stdin.end()
      const { value } = await lines.next()
      for (const holder of holders) {
        holder.stdin.end()
        await once(holder, 'exit')
      }
      return JSON.parse(value)
    },
  }
}

function openHost(path, address, congestion) {
  const command = (args) => ['nsenter', `--net=${path}`, '--', ...args]
  const run = (...args) => {
    const [file, ...rest] = command(args)
    execFileSync(file, rest, { stdio: ['ignore', 'ignore', 'inherit'] })
  }
  const ip = (...args) => run('ip', ...args)
  if (congestion) run('sysctl', '-w', `net.ipv4.tcp_congestion_control=${congestion}`)
  ip('address', 'add', `${address}/24`, 'dev', 'bench0')
  // A burst that comes while the link's process is not running waits here instead of being dropped uncounted.
  ip('link', 'set', 'bench0', 'txqueuelen', '10000', 'up')
  return { address, command }
}

/** A namespace lives as long as a process in it; its input ends with this process. */
async function holdNamespace() {
  const holder = spawn('unshare', ['--net', 'sh', '-c', HOLD], { stdio: ['pipe', 'pipe', 'inherit'] })
  await Promise.race([
    once(holder.stdout, 'data'),
    once(holder, 'exit').then(() => {
      throw new Error('The namespace could not be set up.')
    }),
  ])
  return holder
}

let built

function program() {
  if (built === undefined) {
    const directory = mkdtempSync(join(tmpdir(), 'webrtc-cli-link-'))
    process.on('exit', () => rmSync(directory, { recursive: true, force: true }))
    built = join(directory, 'link')
    execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-o', built, SOURCE], { stdio: 'inherit' })
  }
  return built
}
