import { describe, expect, it } from 'vitest'
import { displayWidth } from '../../src/terminal/columns.js'
import { formatRawReport, formatStats } from '../../src/terminal/stats-table.js'
import { sampleStats } from './sample-events.js'

describe('the stats table', () => {
  it('shows the path, the transport, each stream and each data channel', () => {
    expect(formatStats(sampleStats).join('\n')).toMatchInlineSnapshot(`
      "local stats at 5 s, over 1 s
        pair       host udp 127.0.0.1:4242 -> host udp 127.0.0.1:5353, direct,
                   RTT 0.4 ms
        available  300 kbit/s
        transport  DTLS connected, TLS_AES_128_GCM_SHA256,
                   SRTP AES_CM_128_HMAC_SHA1_80, ICE controlling,
                   sent 1.2 MB at 1.2 Mbit/s, received 900 kB at 850 kbit/s,
                   1 candidate pair change
        stream       codec  bitrate      pkt/s  loss   jitter  RTT    media
        in video 0   VP8    850 kbit/s   120    0.5 %  3.1 ms  -      1280x720 30 fps
        out audio 1  opus   64.0 kbit/s  50     0.5 %  3.1 ms  12 ms  level 0.12
        in video 0: 3 packets lost, 1 frame dropped, 2 freezes, jitter buffer 40 ms
        data channel  id  state  sent        received    out         in
        chat          1   open   12, 1.5 kB  10, 1.2 kB  1.2 Mbit/s  -"
    `)
  })

  it('shows what is not known as a dash and leaves out what is not there', () => {
    const empty = {
      ...sampleStats,
      candidatePair: null,
      transport: null,
      streams: sampleStats.streams.map((stream) => ({
        ...stream,
        bitrate: null,
        codec: null,
        packetsLost: null,
      })),
      dataChannels: [],
    }
    expect(formatStats(empty).join('\n')).toMatchInlineSnapshot(`
      "local stats at 5 s, over 1 s
        stream       codec  bitrate  pkt/s  loss   jitter  RTT    media
        in video 0   -      -        120    0.5 %  3.1 ms  -      1280x720 30 fps
        out audio 1  -      -        50     0.5 %  3.1 ms  12 ms  level 0.12
        in video 0: 1 frame dropped, 2 freezes, jitter buffer 40 ms"
    `)
  })

  it.each([40, 60, 80])('keeps to %i columns, whatever the names', (width) => {
    const long = 'a very long label '.repeat(10)
    const wide = {
      ...sampleStats,
      candidatePair: sampleStats.candidatePair && {
        ...sampleStats.candidatePair,
        local: { ...sampleStats.candidatePair.local, address: '2001:db8:1111:2222:3333:4444:5555:6666' },
      },
      streams: sampleStats.streams.map((stream) => ({ ...stream, codec: '報告'.repeat(20) })),
      dataChannels: sampleStats.dataChannels.map((channel) => ({ ...channel, label: long })),
    }
    for (const line of formatStats(wide, { width })) expect(displayWidth(line)).toBeLessThanOrEqual(width)
  })

  it('makes names from the peer printable', () => {
    const dataChannels = sampleStats.dataChannels.map((channel) => ({
      ...channel,
      label: '\u001b]0;x\u0007',
    }))
    expect(formatStats({ ...sampleStats, dataChannels }).join('\n')).toContain('\\x1b]0;x\\x07')
  })

  it('lists raw reports one figure a line', () => {
    expect(
      formatRawReport([{ type: 'codec', id: 'C1', mimeType: 'video/VP8\u009b', clockRate: 90_000 }]),
    ).toEqual(['codec C1', '  mimeType: "video/VP8\\x9b"', '  clockRate: 90000'])
  })
})
