/** What ffmpeg opens and how: the arguments up to and with `-i`. */
export interface MediaInput {
  /** What errors call it. */
  name: string
  args: readonly string[]
  /** It happens now: pictures are shown when they come, and nothing waits. */
  live: boolean
}

export interface FileInputOptions {
  /** Milliseconds from the beginning. */
  startMs?: number | undefined
  /** From its beginning again at its end, without end. */
  loop?: boolean | undefined
}

/** Microseconds without an answer after which a server is given up; also what ends an ffmpeg whose owner was killed. */
const NETWORK_TIMEOUT_US = 10_000_000

/** A file of this machine. What it refers to (a playlist does) is read from this machine too, never from a network. */
export function fileInput(path: string, options: FileInputOptions = {}): MediaInput {
  const args = ['-protocol_whitelist', 'file,crypto,data', ...playbackArgs(options), '-i', `file:${path}`]
  return { name: path, args, live: false }
}

/** What ffmpeg fetches by itself. */
export function urlInput(
  url: string,
  { live, ...options }: FileInputOptions & { live: boolean },
): MediaInput {
  const isRtsp = /^rtsps?:/i.test(url)
  const transport = isRtsp ? ['-rtsp_transport', 'tcp'] : []
  const timeout =
    isRtsp || /^https?:/i.test(url) ? [isRtsp ? '-timeout' : '-rw_timeout', String(NETWORK_TIMEOUT_US)] : []
  const timing = live ? ['-fflags', 'nobuffer', '-flags', 'low_delay'] : playbackArgs(options)
  return { name: withoutPassword(url), args: [...transport, ...timeout, ...timing, '-i', url], live }
}

/** A filter graph that makes its own pictures or sound, as fast as they are taken. */
export function lavfiInput(graph: string): MediaInput {
  return { name: `lavfi:${graph}`, args: ['-f', 'lavfi', '-i', graph], live: false }
}

/** An X display such as `:0`, at its whole size. */
export function screenInput(display: string, frameRate: number): MediaInput {
  return {
    name: `screen ${display}`,
    args: ['-f', 'x11grab', '-framerate', String(frameRate), '-i', display],
    live: true,
  }
}

/** A Video4Linux device; ffmpeg takes the mode of the camera that is set. */
export function cameraInput(device: string): MediaInput {
  return { name: `camera ${device}`, args: ['-f', 'v4l2', '-i', device], live: true }
}

/** `pulse:NAME` for PulseAudio and PipeWire, otherwise a device of ALSA. */
export function microphoneInput(device: string): MediaInput {
  const [, pulseName] = /^pulse:(.*)$/s.exec(device) ?? []
  const [format, name] = pulseName === undefined ? ['alsa', device] : ['pulse', pulseName || 'default']
  return { name: `microphone ${device}`, args: ['-f', format, '-i', name], live: true }
}

function playbackArgs({ startMs, loop = false }: FileInputOptions): string[] {
  return [
    ...(startMs === undefined ? [] : ['-ss', String(startMs / 1000)]),
    ...(loop ? ['-stream_loop', '-1'] : []),
  ]
}

/** Errors and events are read by more people than the camera's password is for. */
function withoutPassword(url: string): string {
  return url.replace(/^([a-z0-9+.-]+:\/\/[^/@:]*):[^/@]*@/i, '$1:***@')
}
