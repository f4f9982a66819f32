import { describe, expect, it } from 'vitest'
import { readMediaOptions } from '../../../src/commands/media/media-plan.js'
import { openOutgoingMedia } from '../../../src/commands/media/outgoing-media.js'
import type { PeerEvent } from '../../../src/events.js'
import { isMissing } from '../../support/coturn.js'
import { mediaFile } from '../../support/media-files.js'

describe.skipIf(isMissing('ffmpeg'))('a file that is asked for after the other half of it', () => {
  it('is decoded once: both begin anew, in step', async () => {
    const reported: PeerEvent[] = []
    const { signal } = new AbortController()
    const context = { signal, report: (event: PeerEvent) => void reported.push(event) }
    const film = mediaFile('film.mp4')
    await using media = await openOutgoingMedia(readMediaOptions({ video: 'bars' }), context)
    await media.switchTo('video', film, { signal })
    await media.switchTo('audio', film, { signal })
    await media.switchTo('video', 'bars', { signal })
    const opened = reported.flatMap((event) =>
      event.event === 'source' ? [[event.state, event.kind, event.source]] : [],
    )
    expect(opened).toEqual([
      ['opened', 'video', 'bars'],
      ['opened', 'video', film],
      ['opened', 'video', film],
      ['opened', 'audio', film],
      ['opened', 'video', 'bars'],
    ])
    expect(media.kinds).toEqual(['audio', 'video'])
  })
})
