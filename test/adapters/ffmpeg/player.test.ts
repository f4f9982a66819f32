import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { openPlayer } from '../../../src/adapters/ffmpeg/player.js'
import { createBars } from '../../../src/media/bars.js'
import { createTone } from '../../../src/media/tone.js'
import { isMissing } from '../../support/coturn.js'
import { temporaryDirectory } from '../../support/files.js'
import { probeMedia } from '../../support/media-file.js'

const VIDEO = { width: 160, height: 120, frameRate: 30 }
const AUDIO = { sampleRate: 48_000, channelCount: 1 }

describe.skipIf(isMissing('ffmpeg'))('openPlayer', () => {
  it('gives the pictures and the sound to the program that plays them, as they come', async () => {
    const directory = await temporaryDirectory()
    const [played, player] = [join(directory, 'played.mkv'), join(directory, 'ffplay')]
    // Reads where ffplay is told to read, and keeps it instead of showing it.
    await writeFile(
      player,
      `#!/bin/sh\ncase "$*" in *-autoexit*"-f matroska -i pipe:3") cat <&3 >'${played}' ;; esac\n`,
    )
    await chmod(player, 0o755)
    await using writer = openPlayer(player, { video: VIDEO, audio: AUDIO })
    const bars = createBars(VIDEO)
    const tone = createTone({ frequency: 440 })
    for (let index = 0; index < 10; index++) {
      await writer.writeVideo(bars.draw(index).data.slice(), index * 40)
      await writer.writeAudio(tone.next(index).samples, index * 10)
    }
    // Nothing is held back until the end.
    await vi.waitFor(() =>
      expect(probeMedia(played)).toMatchObject({
        video: { codec: 'rawvideo', width: 160, height: 120, packets: 10 },
        audio: { codec: 'pcm_s16le', packets: 10 },
      }),
    )
  })
})
