import { openTerminalDevice, type TerminalDevice } from '../../adapters/system/terminal-device.js'
import { PeerError } from '../../errors.js'
import { samplePicture } from '../../media/sample-picture.js'
import { createTrackSlot } from '../../media/recording/track-slot.js'
import type { TrackHub } from '../../media/track-hub.js'
import { pictureColors } from '../../terminal/picture-text.js'
import { createPictureView, type PictureScreen, type PictureView } from '../../terminal/picture-view.js'
import type { ReceivedMediaArgs } from '../options/received-media-options.js'
import type { RunContext } from '../run.js'

/** The received picture in the terminal. */
export interface View extends AsyncDisposable {
  start(hub: TrackHub): void
}

/** Opens what `--view` asks for; USAGE where there is no terminal that can show it, undefined without the option. */
export async function openView(
  { view, noColor }: Pick<ReceivedMediaArgs, 'view'> & { noColor?: boolean | undefined },
  { onExit }: Pick<RunContext, 'onExit'>,
): Promise<View | undefined> {
  if (!view) return undefined
  const colors = pictureColors(process.env, { color: !noColor })
  const device = await openTerminalDevice()
  const screen = device && screenOf(device)
  if (!colors || !device || !screen?.size()) {
    throw new PeerError('USAGE', '--view needs a terminal that can place its cursor, and there is none.', {
      hint: 'Leave it out, or take pictures with --snapshot FILE.png.',
    })
  }
  const picture = createPictureView(screen, { colors })
  // Also where the process is ended in a hurry.
  onExit(() => device.writeNow(picture.restoration()))
  return new OpenView(picture, device)
}

class OpenView implements View {
  readonly #picture: PictureView
  readonly #device: TerminalDevice
  #tap: AsyncDisposable | undefined

  constructor(picture: PictureView, device: TerminalDevice) {
    this.#picture = picture
    this.#device = device
  }

  start(hub: TrackHub): void {
    const slot = createTrackSlot()
    this.#tap = hub.addTap(
      ({ kind, id }) =>
        kind === 'video'
          ? {
              onFrame: (frame, arrivalMs) => {
                if (!slot.accepts(id, true, arrivalMs)) return
                this.#picture.show(frame, (width, height) => samplePicture(frame, width, height))
              },
              [Symbol.asyncDispose]: async () => undefined,
            }
          : undefined,
      { stage: 'filtered' },
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tap?.[Symbol.asyncDispose]()
    this.#device.writeNow(this.#picture.restoration())
    await this.#device[Symbol.asyncDispose]()
  }
}

function screenOf(device: TerminalDevice): PictureScreen {
  const streams = [process.stderr, process.stdout]
  const stream = streams.find(({ isTTY }) => isTTY)
  return {
    // The streams follow the window as its size changes.
    size: () =>
      stream && stream.columns > 0 && stream.rows > 0
        ? { columns: stream.columns, rows: stream.rows }
        : undefined,
    write: (text) => device.write(text),
    print: (text) => void stream?.write(text),
  }
}
