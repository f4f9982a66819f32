import { readdir, readFile } from 'node:fs/promises'

export interface CaptureDevice {
  kind: 'camera' | 'microphone' | 'screen'
  /** As `--video` or `--audio` takes it. */
  source: string
  /** What the system calls it; null where it does not. */
  label: string | null
}

const CAMERAS = '/sys/class/video4linux'
const SOUND_CARDS = '/proc/asound/pcm'
const DISPLAYS = '/tmp/.X11-unix'

/** What this machine can capture with, as Linux tells without opening anything; elsewhere nothing is found. */
export async function listCaptureDevices(): Promise<CaptureDevice[]> {
  const lists = await Promise.all([listCameras(), listMicrophones(), listScreens()])
  return lists.flat()
}

async function listCameras(): Promise<CaptureDevice[]> {
  const names = (await entries(CAMERAS)).filter((name) => /^video\d+$/.test(name))
  return Promise.all(
    names.map(async (name) => ({
      kind: 'camera' as const,
      source: `camera:/dev/${name}`,
      label: (await readFile(`${CAMERAS}/${name}/name`, 'utf8').catch(() => '')).trim() || null,
    })),
  )
}

/** Lines such as `00-00: ALC256 Analog : ALC256 Analog : playback 1 : capture 1`. */
async function listMicrophones(): Promise<CaptureDevice[]> {
  const cards = await readFile(SOUND_CARDS, 'utf8').catch(() => '')
  return cards.split('\n').flatMap((line) => {
    const [, card, device, label] = /^(\d+)-(\d+): ([^:]*?) *:.*\bcapture\b/.exec(line) ?? []
    if (card === undefined || device === undefined) return []
    const source = `mic:hw:${Number(card)},${Number(device)}`
    return [{ kind: 'microphone' as const, source, label: label || null }]
  })
}

async function listScreens(): Promise<CaptureDevice[]> {
  const sockets = await entries(DISPLAYS)
  return sockets.flatMap((name) => {
    const [, display] = /^X(\d+)$/.exec(name) ?? []
    return display === undefined
      ? []
      : [{ kind: 'screen' as const, source: `screen::${display}`, label: null }]
  })
}

async function entries(path: string): Promise<string[]> {
  const names = await readdir(path).catch(() => [])
  return names.toSorted((left, right) => left.localeCompare(right))
}
