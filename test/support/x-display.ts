import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Display extends AsyncDisposable {
  /** `:0` */
  name: string
}

/** Where the red window is; the rest of the screen is black. */
export const RED_WINDOW = { x: 100, y: 60, width: 320, height: 240 }
export const SCREEN_SIZE = { width: 640, height: 480 }

/** An X server without a monitor on a display that was free, with one red window, resolved once that is to be seen. */
export async function openDisplay(): Promise<Display> {
  const { width, height } = SCREEN_SIZE
  const server = spawn(
    'Xvfb',
    ['-displayfd', '1', '-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp'],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  const [number] = await once(server.stdout, 'data')
  const name = `:${String(number).trim()}`
  const place = ['-left', String(RED_WINDOW.x), '-top', String(RED_WINDOW.y), '-noborder']
  const picture = `color=red:size=${RED_WINDOW.width}x${RED_WINDOW.height}:rate=5`
  const window = spawn('ffplay', ['-v', 'error', '-f', 'lavfi', '-i', picture, ...place], {
    env: { ...process.env, DISPLAY: name, SDL_VIDEODRIVER: 'x11' },
    stdio: 'ignore',
  })
  const close = async () => {
    for (const child of [window, server]) {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    }
  }
  try {
    while (!isRed(await pixelOf(['-f', 'x11grab', '-i', name]))) {
      if (window.exitCode !== null) throw new Error('ffplay shows no window')
    }
  } catch (error) {
    await close()
    throw error
  }
  return { name, [Symbol.asyncDispose]: close }
}

/** Red, green and blue in the middle of where the window is; empty where there is no picture. */
export async function pixelOf(input: readonly string[]): Promise<number[]> {
  const x = RED_WINDOW.x + RED_WINDOW.width / 2
  const y = RED_WINDOW.y + RED_WINDOW.height / 2
  const output = ['-frames:v', '1', '-vf', `crop=1:1:${x}:${y}`, '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-']
  const ffmpeg = spawn('ffmpeg', ['-v', 'error', '-nostdin', ...input, ...output], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const chunks: Buffer[] = []
  ffmpeg.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(ffmpeg, 'close')
  return Array.from(Buffer.concat(chunks))
}

export function isRed([red = 0, green = 0, blue = 0]: readonly number[]): boolean {
  return red > 200 && green < 60 && blue < 60
}
