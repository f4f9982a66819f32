// Preloaded into a call (node --require): lets its statistics run in every other window and holds them in those between,
// and writes what each window took of the processor to the file descriptor 3, one JSON object a line.
const { writeSync } = require('node:fs')
const { RTCPeerConnection } = require('@roamhq/wrtc')

const WINDOW_MS = Number(process.env.GATE_WINDOW_MS)
const WARM_UP_MS = Number(process.env.GATE_WARM_UP_MS)
const WINDOWS_FD = 3

let open = Promise.resolve()
let release = () => undefined

// Of a track it is asked by who adapts what is sent, which goes on.
const getStats = Reflect.get(RTCPeerConnection.prototype, 'getStats')
let asked = 0
RTCPeerConnection.prototype.getStats = async function gated(...args) {
  if (args.length > 0) return getStats.apply(this, args)
  await open
  asked += 1
  return getStats.call(this)
}

setTimeout(() => nextWindow(0), WARM_UP_MS).unref()

/** With, without, without, with: what drifts is in both alike. */
function nextWindow(index) {
  const withStats = index % 4 === 0 || index % 4 === 3
  release()
  if (!withStats) open = new Promise((resolve) => (release = resolve))
  asked = 0
  const before = process.cpuUsage()
  const startedMs = performance.now()
  setTimeout(() => {
    const { user, system } = process.cpuUsage(before)
    const cores = (user + system) / 1000 / (performance.now() - startedMs)
    writeSync(WINDOWS_FD, `${JSON.stringify({ withStats, cores, reports: asked })}\n`)
    nextWindow(index + 1)
  }, WINDOW_MS).unref()
}
