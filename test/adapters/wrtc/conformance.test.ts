import { networkInterfaces } from 'node:os'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createNativePair, exchange, gatherCandidates, once, openNativeChannel, raw } from './native-pair.js'
import { runModule, runWithBinding, segfaults } from './node-program.js'

/**
 * What our code relies on, and works around, in @roamhq/wrtc 0.10.0. An upgrade of the binding that changes one of
 * these fails here by its name; then what it is the reason for has to be looked at.
 */

const KIB = 1024
const MIB = 1024 * KIB
const HOST_CANDIDATE = 'candidate:1 1 udp 1 127.0.0.1 9 typ host'

function openConnection(configuration: object = { iceServers: [] }): RTCPeerConnection {
  const connection = new raw.RTCPeerConnection(configuration)
  onTestFinished(() => connection.close())
  return connection
}

/** The I420 size of a frame: chroma is rounded up. */
function frameBytes(width: number, height: number): number {
  return width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2)
}

describe('@roamhq/wrtc: the module', () => {
  it('has no named exports for ES modules (why there is one default import, in binding.ts)', async () => {
    const { code, stderr } = await runModule("import { RTCPeerConnection } from '@roamhq/wrtc'")
    expect(code).toBe(1)
    expect(stderr).toContain("Named export 'RTCPeerConnection' not found")
  })

  it('has no certificates to generate and ignores given ones (why a fingerprint lives for one session)', () => {
    expect('generateCertificate' in raw.RTCPeerConnection).toBe(false)
    openConnection({ certificates: [{}] })
  })

  it('ignores configuration keys it does not know (why options are checked before)', () => {
    expect(() => openConnection({ iceServers: [], tcpCandidatePolicy: 'disable', nonsense: 1 })).not.toThrow()
  })
})

describe('@roamhq/wrtc: the process', () => {
  it('segfaults on a natural exit after media existed (why run.ts ends with process.exit)', async () => {
    const crashed = await segfaults(`
      const source = new wrtc.nonstandard.RTCVideoSource()
      source.createTrack().stop()
      process.exitCode = 5`)
    // No longer so after an upgrade? Then run.ts could end naturally.
    expect(crashed).toBe(true)
  })

  it('segfaults on a natural exit after the SCTP transport was looked at (why its limit is read from SDP)', async () => {
    const crashed = await segfaults(`
      const [left, right] = [new wrtc.RTCPeerConnection(), new wrtc.RTCPeerConnection()]
      left.createDataChannel('x')
      const offer = await left.createOffer()
      await left.setLocalDescription(offer)
      await right.setRemoteDescription(offer)
      const answer = await right.createAnswer()
      await right.setLocalDescription(answer)
      await left.setRemoteDescription(answer)
      void left.sctp.transport
      left.close()
      right.close()`)
    // No longer so after an upgrade? Then pc.sctp can be used.
    expect(crashed).toBe(true)
  })

  it.each([
    'process.exit(5)',
    "process.exitCode = 5; process.on('beforeExit', (code) => process.exit(code))",
  ])('keeps the exit code after media with %s', async (ending) => {
    const { code, signal } = await runWithBinding(`
        const source = new wrtc.nonstandard.RTCVideoSource()
        source.createTrack().stop()
        ${ending}`)
    expect({ code, signal }).toEqual({ code: 5, signal: null })
  })

  it('stays alive while a connection is open and ends when it is closed (why every one is disposed)', async () => {
    // A timer that does not count shows whether anything else keeps the process.
    const watched = (then: string) =>
      runWithBinding(`
        const connection = new wrtc.RTCPeerConnection()
        ${then}
        setTimeout(() => { console.log('alive'); process.exit(0) }, 100).unref()`)
    const [open, closed] = await Promise.all([watched(''), watched('connection.close()')])
    expect(open.stdout).toBe('alive\n')
    expect(closed.stdout).toBe('')
  })
})

describe('@roamhq/wrtc: data channels', () => {
  it('drops messages silently beyond 16 MiB of bufferedAmount (why send is guarded)', async () => {
    await using pair = await openNativeChannel()
    let received = 0
    const ended = new Promise<void>((resolve) => {
      pair.incoming.onmessage = ({ data }) => (data === 'end' ? resolve() : (received += 1))
    })
    const message = new Uint8Array(256 * KIB)
    for (let index = 0; index < 128; index += 1) pair.channel.send(message)
    expect(pair.channel.bufferedAmount).toBeLessThanOrEqual(16 * MIB)
    while (pair.channel.bufferedAmount > 0) await new Promise((resolve) => setImmediate(resolve))
    pair.channel.send('end')
    await ended
    expect(received).toBeLessThan(128)
    expect(pair.channel.readyState).toBe('open')
  })

  it('loses what is under way when it closes, even with a bufferedAmount of 0 (why transfers end with an acknowledgement)', async () => {
    await using pair = await openNativeChannel()
    let received = 0
    pair.incoming.onmessage = () => (received += 1)
    const closed = once(pair.incoming, 'close')
    const message = new Uint8Array(64 * KIB)
    for (let index = 0; index < 192; index += 1) pair.channel.send(message)
    while (pair.channel.bufferedAmount > 0) await new Promise((resolve) => setImmediate(resolve))
    pair.channel.close()
    await closed
    expect(received).toBeLessThan(192)
  })

  it('closes the local channel only, without an error, above the maximum message size (why send rejects it)', async () => {
    await using pair = await openNativeChannel()
    const events: string[] = []
    for (const name of ['error', 'closing']) pair.channel.addEventListener(name, () => events.push(name))
    const atLimit = new Promise((resolve) => {
      pair.incoming.onmessage = ({ data }) => resolve(data.byteLength)
    })
    pair.channel.send(new Uint8Array(256 * KIB))
    expect(await atLimit).toBe(256 * KIB)
    const closed = once(pair.channel, 'close')
    expect(() => pair.channel.send(new Uint8Array(256 * KIB + 1))).not.toThrow()
    await closed
    expect(events).toEqual([])
    expect(pair.incoming.readyState).toBe('open')
  })

  it.each([
    ['no a=max-message-size', /a=max-message-size:\d+\r\n/, '', 65_536],
    ['a=max-message-size:100', /(a=max-message-size:)\d+/, '$1100', 100],
    ['a=max-message-size:0', /(a=max-message-size:)\d+/, '$10', 262_144],
    ['a=max-message-size above its own', /(a=max-message-size:)\d+/, '$11000000', 262_144],
  ])('takes from %s what our own reading takes', async (_what, pattern, replacement, limit) => {
    await using pair = createNativePair()
    const channel = pair.left.createDataChannel('limited')
    const offer = await pair.left.createOffer()
    await pair.left.setLocalDescription(offer)
    await pair.right.setRemoteDescription(offer)
    const answer = await pair.right.createAnswer()
    await pair.right.setLocalDescription(answer)
    const sdp = answer.sdp?.replace(pattern, replacement)
    await pair.left.setRemoteDescription({ type: 'answer', sdp })
    expect(pair.left.sctp?.maxMessageSize).toBe(limit)
    expect(channel.readyState).toBe('connecting')
  })

  it('loses messages that arrive before onmessage is set (why handlers are attached in the constructor)', async () => {
    await using pair = await openNativeChannel()
    const reply = once(pair.channel, 'message')
    // The listener belongs to another channel, which answers once what was sent before it has arrived.
    pair.right.ondatachannel = ({ channel: marker }) => {
      marker.onmessage = () => pair.incoming.send('arrived')
    }
    pair.channel.send('early')
    pair.left.createDataChannel('marker').send('are you there?')
    await reply
    const late = new Promise((resolve) => {
      pair.incoming.onmessage = ({ data }) => resolve(data)
    })
    pair.channel.send('late')
    expect(await late).toBe('late')
  })

  it('opens a channel on a live connection at once and without an event (why readyState is looked at too)', async () => {
    await using pair = await openNativeChannel()
    const channel = pair.left.createDataChannel('second')
    let events = 0
    channel.onopen = () => (events += 1)
    expect(channel.readyState).toBe('open')
    const arrived = once(channel, 'message')
    pair.right.ondatachannel = (event) => event.channel.send('hello')
    await arrived
    expect(events).toBe(0)
  })

  it('keeps messages for handlers set synchronously in ondatachannel, where it is open already', async () => {
    await using pair = createNativePair()
    const channel = pair.left.createDataChannel('early')
    channel.onopen = () => {
      for (let index = 0; index < 5; index += 1) channel.send(String(index))
    }
    const received: string[] = []
    const stateAtOnce = new Promise<string>((resolve) => {
      pair.right.ondatachannel = ({ channel: incoming }) => {
        const { readyState } = incoming
        incoming.onmessage = ({ data }) => {
          if (received.push(String(data)) === 5) resolve(readyState)
        }
      }
    })
    await pair.connect()
    expect(await stateAtOnce).toBe('open')
    // Not one is lost, but those that came before the handler may be handed over after later ones.
    expect(received.toSorted()).toEqual(['0', '1', '2', '3', '4'])
  })

  it.each<[RTCDataChannelInit, object]>([
    [{ ordered: false }, { ordered: false }],
    [{ maxRetransmits: 3 }, { maxRetransmits: 3, maxPacketLifeTime: 65_535 }],
    [{ maxPacketLifeTime: 250 }, { maxPacketLifeTime: 250, maxRetransmits: 65_535 }],
    [{ protocol: 'grüße.v1' }, { protocol: 'grüße.v1', negotiated: false }],
  ])('carries %o to the peer', async (init, expected) => {
    await using pair = await openNativeChannel(init)
    expect(pair.channel).toMatchObject(expected)
    expect(pair.incoming).toMatchObject({ ...expected, label: 'pinned' })
  })

  it('says 65535 for a limit that is not set and -1 for an id before it is connected', () => {
    const channel = openConnection().createDataChannel('fresh')
    expect(channel.maxRetransmits).toBe(65_535)
    expect(channel.maxPacketLifeTime).toBe(65_535)
    expect(channel.id).toBe(-1)
    expect(openConnection().createDataChannel('x', { id: 7 }).id).toBe(-1)
  })

  it('takes negotiated ids up to 1023 only, although the transport says 65535 (why ids are checked before)', () => {
    const connection = openConnection()
    expect(connection.createDataChannel('last', { negotiated: true, id: 1023 }).id).toBe(1023)
    for (const id of [1024, 65_534]) {
      expect(() => connection.createDataChannel('too far', { negotiated: true, id })).toThrow(
        "'createDataChannel' failed",
      )
    }
  })

  it('refuses both limits together', () => {
    const both = { maxRetransmits: 1, maxPacketLifeTime: 1 }
    expect(() => openConnection().createDataChannel('both', both)).toThrow(TypeError)
  })

  it('has no bufferedamountlow, error or closing (why the buffer is polled and errors are ours)', () => {
    const channel = openConnection().createDataChannel('bare')
    const standard = ['bufferedAmountLowThreshold', 'onbufferedamountlow', 'onerror', 'onclosing']
    expect(standard.filter((name) => name in channel)).toEqual([])
  })

  it('gives bytes as ArrayBuffer only', () => {
    const channel = openConnection().createDataChannel('binary')
    expect(channel.binaryType).toBe('arraybuffer')
    expect(() => {
      channel.binaryType = 'blob'
    }).toThrow('"blob" is not supported')
  })

  it('ignores { once: true } and is no EventTarget (why events.once is not used)', async () => {
    await using pair = await openNativeChannel()
    let calls = 0
    pair.incoming.addEventListener('message', () => (calls += 1), { once: true })
    const second = new Promise<Event>((resolve) => {
      pair.incoming.onmessage = (event) => event.data === 'second' && resolve(event)
    })
    pair.channel.send('first')
    pair.channel.send('second')
    const event = await second
    expect(calls).toBe(2)
    expect(event.target).toBeUndefined()
    expect(pair.incoming).not.toBeInstanceOf(EventTarget)
    expect(pair.left).not.toBeInstanceOf(EventTarget)
  })

  it('throws InvalidStateError on sending before it is open', () => {
    const channel = openConnection().createDataChannel('early')
    expect(() => channel.send('x')).toThrow(expect.objectContaining({ name: 'InvalidStateError' }))
  })
})

describe('@roamhq/wrtc: a closed connection', () => {
  it('has no description and no senders, makes no channels, and can be closed again', async () => {
    await using pair = await openNativeChannel()
    pair.left.close()
    pair.left.close()
    expect(pair.left.localDescription).toBeNull()
    expect(pair.left.getSenders()).toEqual([])
    expect(pair.left.connectionState).toBe('closed')
    expect(() => pair.left.createDataChannel('x')).toThrow(
      expect.objectContaining({ name: 'InvalidStateError' }),
    )
  })

  it('closes the channels of the peer at once, while its connection goes on (why a closed channel is the end)', async () => {
    await using pair = await openNativeChannel()
    const closed = once(pair.incoming, 'close')
    pair.left.close()
    await closed
    expect(pair.right.connectionState).toBe('connected')
  })

  it('still fires events of its own (why they are dropped after disposal)', async () => {
    await using pair = await openNativeChannel()
    const closed = Promise.all([once(pair.left, 'connectionstatechange'), once(pair.channel, 'close')])
    pair.left.close()
    await closed
    expect(pair.left.connectionState).toBe('closed')
  })

  it('never settles addIceCandidate (why calls are raced against closing)', async () => {
    await using pair = await openNativeChannel()
    pair.left.close()
    let settled = false
    const settle = () => {
      settled = true
    }
    pair.left.addIceCandidate({ candidate: HOST_CANDIDATE, sdpMid: '0' }).then(settle, settle)
    // Others, asked later, have answered by then.
    await expect(pair.left.createOffer()).rejects.toThrow("signalingState is 'closed'")
    await using other = await openNativeChannel()
    await other.left.getStats()
    expect(settled).toBe(false)
  })
})

describe('@roamhq/wrtc: negotiation', () => {
  it('needs a description in setLocalDescription (why offers and answers are created explicitly)', async () => {
    await expect(openConnection().setLocalDescription()).rejects.toThrow(TypeError)
  })

  it('rejects with a text that is no Error (why rejections are made Errors)', async () => {
    const rejection = await openConnection()
      .setLocalDescription({ type: 'offer' })
      .catch((thrown: unknown) => thrown)
    expect(rejection).toBeTypeOf('string')
  })

  it('has no implicit rollback (why the polite side rolls back itself)', async () => {
    const [left, right] = [openConnection(), openConnection()]
    for (const connection of [left, right]) {
      connection.createDataChannel('x')
      await connection.setLocalDescription(await connection.createOffer())
    }
    const offer = right.localDescription ?? { type: 'offer' }
    await expect(left.setRemoteDescription(offer)).rejects.toMatchObject({ name: 'InvalidStateError' })
    await left.setLocalDescription({ type: 'rollback' })
    expect(left.signalingState).toBe('stable')
    await left.setRemoteDescription(offer)
    expect(left.signalingState).toBe('have-remote-offer')
    await left.setRemoteDescription({ type: 'rollback' })
    expect(left.signalingState).toBe('stable')
  })

  it('takes no candidate before the remote description (why they are held)', async () => {
    const connection = openConnection()
    connection.createDataChannel('x')
    await connection.setLocalDescription(await connection.createOffer())
    const early = connection.addIceCandidate({ candidate: HOST_CANDIDATE, sdpMid: '0' })
    await expect(early).rejects.toThrow('Failed to set ICE candidate.')
  })

  it('takes each form of end-of-candidates, and refuses a null sdpMid and an unknown one', async () => {
    await using pair = await openNativeChannel()
    for (const end of [null, undefined, {}, { candidate: '' }, { candidate: '', sdpMid: '0' }]) {
      await pair.left.addIceCandidate(end)
    }
    await pair.left.addIceCandidate({ candidate: HOST_CANDIDATE, sdpMLineIndex: 0 })
    await pair.left.addIceCandidate({ candidate: HOST_CANDIDATE, sdpMid: '0' })
    for (const refused of [
      { candidate: HOST_CANDIDATE, sdpMid: null, sdpMLineIndex: 0 },
      { candidate: HOST_CANDIDATE, sdpMid: '77' },
      { candidate: 'nonsense', sdpMid: '0' },
    ]) {
      await expect(pair.left.addIceCandidate(refused)).rejects.toBeInstanceOf(Error)
    }
  })

  it.each([
    ['a blank before the algorithm', 'a=fingerprint: sha-256 WRONG'],
    ['a tab before the algorithm', 'a=fingerprint:\tsha-256 WRONG'],
    ['a blank before the line', ' a=fingerprint:sha-256 WRONG'],
    ['a blank before the attribute', 'a= fingerprint:sha-256 WRONG'],
    ['a blank before the colon', 'a=fingerprint :sha-256 WRONG'],
    ['a no-break space', 'a=fingerprint:sha-256\u00a0WRONG'],
    ['a vertical tab', 'a=fingerprint:sha-256\u000bWRONG'],
    ['a value folded into the next line', 'a=fingerprint:sha-256\r\n WRONG'],
    ['a lone CR before it', 'x=y\ra=fingerprint:sha-256 WRONG'],
  ])('uses no fingerprint that our own reading overlooks: %s', async (_what, line) => {
    await using pair = createNativePair()
    pair.left.createDataChannel('x')
    const wrong = Array.from({ length: 32 }, () => '00').join(':')
    const alter = (sdp: string) => `${sdp}${line.replace('WRONG', wrong)}\r\n`
    const connected = new Promise<string>((resolve) => {
      pair.left.addEventListener('connectionstatechange', () => {
        if (pair.left.connectionState === 'connected') resolve('connected')
      })
    })
    const outcome = await exchange(pair.left, pair.right, alter).then(
      () => connected,
      () => 'refused',
    )
    // With the other fingerprint in use it comes to neither.
    expect(['refused', 'connected']).toContain(outcome)
  })

  it('restarts ICE with a new ufrag and keeps the connection and its channels', async () => {
    await using pair = await openNativeChannel()
    const before = ufragOf(pair.left)
    const needed = once(pair.left, 'negotiationneeded')
    pair.left.restartIce()
    await needed
    await exchange(pair.left, pair.right)
    expect(ufragOf(pair.left)).not.toBe(before)
    const message = once(pair.incoming, 'message')
    pair.channel.send('still here')
    await message
    expect(new Set([...pair.states.left, ...pair.states.right])).not.toContain('disconnected')
  })

  it('ends in connected on both sides, however often it says so', async () => {
    await using pair = await openNativeChannel()
    expect(pair.states.left.at(-1)).toBe('connected')
    expect(pair.states.right.at(-1)).toBe('connected')
  })
})

describe('@roamhq/wrtc: configuration', () => {
  it.each([
    [{ url: 'stun:host' }],
    [{ urls: 'turn:host' }],
    [{ urls: 'turn:host', username: '', credential: '' }],
    [{ urls: 'turn:host?transport=sctp', username: 'user', credential: 'pw' }],
    [{ urls: 'stun://host' }],
    [{ urls: 'http://host' }],
    [{ urls: 'host' }],
    [{ urls: '' }],
    [{ urls: [] }],
    [{ urls: 'stun:host:0' }],
    [{ urls: 'stun:host:99999' }],
    [{ urls: 'stun:::1' }],
    [{ urls: 'stun:user@host' }],
    [{ urls: ' stun:host' }],
    [{ urls: 'STUN:host' }],
  ])('refuses %o with the same words as any other (why parseIceServer names the fault)', (iceServer) => {
    expect(() => openConnection({ iceServers: [iceServer] })).toThrow('ICE server parse failed')
  })

  it.each([
    [{ urls: ['stun:127.0.0.1', 'stuns:127.0.0.1'] }],
    [{ urls: 'stun:[::1]:3478' }],
    [{ urls: 'turn:127.0.0.1:3478?transport=tcp', username: 'user', credential: 'pw' }],
    [{ urls: 'turns:[::1]:5349', username: 'user', credential: 'x'.repeat(600) }],
  ])('takes %o', (iceServer) => {
    expect(() => openConnection({ iceServers: [iceServer] })).not.toThrow()
  })

  it.each([
    [{ iceTransportPolicy: 'relay' }],
    [{ bundlePolicy: 'max-compat' }],
    [{ bundlePolicy: 'max-bundle' }],
    [{ rtcpMuxPolicy: 'negotiate' }],
    [{ iceCandidatePoolSize: 255 }],
  ])('takes %o', (configuration) => {
    expect(openConnection(configuration).getConfiguration()).toMatchObject(configuration)
  })

  it.each([
    [{ iceTransportPolicy: 'none' }],
    [{ iceCandidatePoolSize: 256 }],
    [{ portRange: { min: 30_000, max: 20_000 } }],
  ])('refuses %o', (configuration) => {
    expect(() => openConnection(configuration)).toThrow(TypeError)
  })

  it('can have its ICE servers replaced, and its bundle policy not', () => {
    const connection = openConnection()
    connection.setConfiguration({ iceServers: [{ urls: 'stun:127.0.0.1:3478' }] })
    expect(() => connection.setConfiguration({ iceServers: [], bundlePolicy: 'max-compat' })).toThrow(
      expect.objectContaining({ name: 'InvalidModificationError' }),
    )
  })
})

describe('@roamhq/wrtc: candidates', () => {
  it('are gathered on loopback, over UDP and over TCP (why TCP ones are filtered)', async () => {
    const lines = await gatherCandidates({ iceServers: [] })
    expect(lines.some((line) => / udp \d+ 127\.0\.0\.1 \d+ typ host/.test(line))).toBe(true)
    expect(lines.some((line) => / tcp \d+ 127\.0\.0\.1 \d+ typ host tcptype passive/.test(line))).toBe(true)
    expect(lines.some((line) => /\.local /.test(line))).toBe(false)
  })

  it.runIf(hasIpv6())('are gathered on IPv6 and preferred there', async () => {
    const lines = await gatherCandidates({ iceServers: [] })
    const udp = lines.filter((line) => line.includes(' udp ')).map((line) => line.split(' '))
    const [first] = udp.toSorted(([, , , a], [, , , b]) => Number(b) - Number(a))
    expect(first?.[4]).toContain(':')
  })

  it('use the ports of portRange only', async () => {
    const portRange = { min: 20_000, max: 20_999 }
    const lines = await gatherCandidates({ iceServers: [], portRange })
    const ports = lines.map((line) => Number(line.split(' ')[5]))
    expect(ports.length).toBeGreaterThan(0)
    expect(ports.filter((port) => port < portRange.min || port > portRange.max)).toEqual([])
  })

  it('are none with a relay policy and no TURN server', async () => {
    expect(await gatherCandidates({ iceServers: [], iceTransportPolicy: 'relay' })).toEqual([])
  })
})

describe('@roamhq/wrtc: media', () => {
  it.each([
    ['a view into a larger buffer', 320, 240, new Uint8Array(frameBytes(320, 240) + 64).subarray(64)],
    ['a byte too few', 320, 240, new Uint8Array(frameBytes(320, 240) - 1)],
    ['a byte too many', 320, 240, new Uint8Array(frameBytes(320, 240) + 1)],
    ['odd sides with chroma rounded down', 321, 241, new Uint8Array(Math.floor(321 * 241 * 1.5))],
  ])('refuses a frame with %s (why frames own exact buffers)', (_what, width, height, data) => {
    const source = new raw.nonstandard.RTCVideoSource()
    expect(() => source.onFrame({ width, height, data })).toThrow('Expected a .byteLength')
  })

  it('takes a frame with odd sides and chroma rounded up', () => {
    const source = new raw.nonstandard.RTCVideoSource()
    const data = new Uint8Array(frameBytes(321, 241))
    expect(() => source.onFrame({ width: 321, height: 241, data })).not.toThrow()
  })

  it('gives each frame as a fresh copy without its time and rotation', async () => {
    const source = new raw.nonstandard.RTCVideoSource()
    const track = source.createTrack()
    const sink = new raw.nonstandard.RTCVideoSink(track)
    const frames: object[] = []
    const buffers: ArrayBufferLike[] = []
    const both = new Promise<void>((resolve) => {
      sink.onframe = ({ frame }) => {
        frames.push({ ...frame, data: frame.data.length })
        if (buffers.push(frame.data.buffer) === 2) resolve()
      }
    })
    const data = new Uint8Array(frameBytes(16, 16)).fill(9)
    source.onFrame({ width: 16, height: 16, rotation: 90, data })
    source.onFrame({ width: 16, height: 16, data })
    await both
    sink.stop()
    track.stop()
    expect(frames[0]).toEqual({ width: 16, height: 16, rotation: 0, data: data.length })
    expect(buffers[0]).not.toBe(buffers[1])
  })

  it.each([8_000, 16_000, 32_000, 44_100, 48_000])('takes 10 ms of sound at %d Hz', (sampleRate) => {
    const source = new raw.nonstandard.RTCAudioSource()
    expect(() => source.onData({ samples: new Int16Array(sampleRate / 100), sampleRate })).not.toThrow()
  })

  it.each([
    ['20 ms', 48_000, new Int16Array(960)],
    ['96 kHz', 96_000, new Int16Array(960)],
    ['a view into a larger buffer', 48_000, new Int16Array(500).subarray(20)],
  ])('refuses sound with %s (why blocks of 10 ms own their samples)', (_what, sampleRate, samples) => {
    const source = new raw.nonstandard.RTCAudioSource()
    expect(() => source.onData({ samples, sampleRate })).toThrow(TypeError)
  })

  it('gives silence at 16 kHz until sound arrives, then 48 kHz mono (why the format is read from each block)', async () => {
    await using pair = createNativePair()
    const source = new raw.nonstandard.RTCAudioSource()
    const outgoing = source.createTrack()
    pair.left.addTrack(outgoing, new raw.MediaStream())
    const track = new Promise<MediaStreamTrack>((resolve) => {
      pair.right.ontrack = (event) => resolve(event.track)
    })
    await pair.connect()
    const sink = new raw.nonstandard.RTCAudioSink(await track)
    const formats: string[] = []
    // Fed as it is asked for: each block that comes out puts one in.
    const settled = new Promise<void>((resolve) => {
      sink.ondata = ({ sampleRate, samples, channelCount, bitsPerSample }) => {
        formats.push(`${sampleRate}/${samples.length}/${channelCount}/${bitsPerSample}`)
        source.onData({ samples: new Int16Array(480).fill(1000), sampleRate: 48_000 })
        if (sampleRate === 48_000) resolve()
      }
    })
    await settled
    sink.stop()
    outgoing.stop()
    expect(new Set(formats.slice(0, -1))).toEqual(new Set(['16000/160/1/16']))
    expect(formats.at(-1)).toBe('48000/480/1/16')
  })

  it('sends VP8, VP9, AV1 and opus, and no H264', async () => {
    const connection = openConnection()
    for (const kind of ['video', 'audio']) connection.addTransceiver(kind, { direction: 'sendonly' })
    const { sdp = '' } = await connection.createOffer()
    const codecs = Array.from(sdp.matchAll(/a=rtpmap:\d+ ([^/]+)\//g), ([, name = '']) => name)
    expect(codecs).toEqual(expect.arrayContaining(['VP8', 'VP9', 'AV1', 'opus', 'PCMU', 'G722']))
    expect(codecs).not.toContain('H264')
  })

  it('resets the codec preferences with an empty list (why an empty match must be an error)', async () => {
    const connection = openConnection()
    const transceiver = connection.addTransceiver('video')
    const offered = async () => (await connection.createOffer()).sdp?.match(/a=rtpmap/g)?.length ?? 0
    const all = await offered()
    const codecs = raw.RTCRtpSender.getCapabilities('video')?.codecs ?? []
    transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => mimeType === 'video/VP8'))
    expect(await offered()).toBe(1)
    transceiver.setCodecPreferences([])
    expect(await offered()).toBe(all)
  })

  it('has a sender whose setParameters works before negotiation only, then without encodings', async () => {
    await using pair = createNativePair()
    const track = new raw.nonstandard.RTCVideoSource().createTrack()
    const sender = pair.left.addTrack(track, new raw.MediaStream())
    expect(sender.getParameters().encodings).toEqual([])
    await sender.setParameters(sender.getParameters())
    await pair.connect()
    const parameters = sender.getParameters()
    expect(parameters.encodings).toHaveLength(1)
    await expect(sender.setParameters(parameters)).rejects.toMatchObject({ name: 'InvalidStateError' })
    track.stop()
  })

  it('replaces a track by another of its kind, by none, and not by one of another kind', async () => {
    const source = new raw.nonstandard.RTCVideoSource()
    const sender = openConnection().addTrack(source.createTrack(), new raw.MediaStream())
    await sender.replaceTrack(null)
    expect(sender.track).toBeNull()
    const other = source.createTrack()
    await sender.replaceTrack(other)
    expect(sender.track?.id).toBe(other.id)
    const sound = new raw.nonstandard.RTCAudioSource().createTrack()
    await expect(sender.replaceTrack(sound)).rejects.toThrow(TypeError)
  })

  it('has no encoded frames, no DTMF, no jitter buffer targets and no stats of a sender alone', async () => {
    const transceiver = openConnection().addTransceiver('audio')
    const ofSender = ['createEncodedStreams', 'transform', 'dtmf']
    const ofReceiver = ['createEncodedStreams', 'transform', 'jitterBufferTarget', 'playoutDelayHint']
    const has = (target: object) => (name: string) => Reflect.get(target, name) !== undefined
    expect(ofSender.filter(has(transceiver.sender))).toEqual([])
    expect(ofReceiver.filter(has(transceiver.receiver))).toEqual([])
    await expect(transceiver.sender.getStats()).rejects.toThrow('Not yet implemented')
    await expect(transceiver.receiver.getStats()).rejects.toThrow('Not yet implemented')
  })
})

describe('@roamhq/wrtc: stats', () => {
  /** Video and sound both ways, and a channel. */
  async function reportOfACall() {
    await using pair = createNativePair()
    pair.left.createDataChannel('data')
    const tracks = [pair.left, pair.right].flatMap((connection) =>
      [new raw.nonstandard.RTCVideoSource(), new raw.nonstandard.RTCAudioSource()].map((source) => {
        const track = source.createTrack()
        connection.addTrack(track, new raw.MediaStream())
        return track
      }),
    )
    await pair.connect()
    const report: unknown = await pair.left.getStats()
    for (const track of tracks) track.stop()
    if (!(report instanceof Map)) throw new Error('the report is not a Map')
    const all = [...report.values()]
    const find = (type: string, kind?: string) =>
      all.find((stats) => stats.type === type && (kind === undefined || stats.kind === kind))
    return { report, all, find }
  }

  it('are a Map of the types our readers know, with times since the epoch', async () => {
    const before = Date.now()
    const { report, all } = await reportOfACall()
    expect(new Set(all.map(({ type }) => type))).toEqual(
      new Set([
        'candidate-pair',
        'certificate',
        'codec',
        'data-channel',
        'inbound-rtp',
        'local-candidate',
        'media-source',
        'outbound-rtp',
        'peer-connection',
        'remote-candidate',
        'stream',
        'track',
        'transport',
      ]),
    )
    for (const [id, stats] of report) expect(stats.id).toBe(id)
    const [first] = all
    expect(first.timestamp).toBeGreaterThan(before - 1_000)
    expect(first.timestamp).toBeLessThan(Date.now() + 1_000)
  })

  it('name the selected pair and its two candidates', async () => {
    const { report, find } = await reportOfACall()
    const pair = report.get(find('transport').selectedCandidatePairId)
    expect(pair).toMatchObject({ type: 'candidate-pair', nominated: true, state: 'succeeded' })
    expect(report.get(pair.localCandidateId)).toMatchObject({ type: 'local-candidate', protocol: 'udp' })
    expect(report.get(pair.remoteCandidateId)).toMatchObject({ type: 'remote-candidate', protocol: 'udp' })
  })

  it('have freezes on the track, not on inbound-rtp (why both are read)', async () => {
    const { find } = await reportOfACall()
    const freezes = ['freezeCount', 'totalFreezesDuration', 'pauseCount', 'totalPausesDuration']
    const track = find('track', 'video')
    const inbound = find('inbound-rtp', 'video')
    expect(freezes.filter((name) => name in track)).toEqual(freezes)
    expect(freezes.filter((name) => name in inbound)).toEqual([])
  })

  it.each([
    ['inbound-rtp', ['framesRendered', 'estimatedPlayoutTimestamp', 'remoteId', 'playoutId']],
    ['outbound-rtp', ['encodingIndex', 'scalabilityMode', 'powerEfficientEncoder', 'rtxSsrc']],
    ['candidate-pair', ['lastPacketSentTimestamp', 'lastPacketReceivedTimestamp']],
    ['local-candidate', ['foundation', 'relatedAddress', 'relatedPort', 'usernameFragment', 'tcpType']],
    ['media-source', ['width', 'height']],
  ])('lack in %s what newer stacks have', async (type, names) => {
    const { find } = await reportOfACall()
    const stats = find(type, type.endsWith('-rtp') ? 'video' : undefined)
    expect(names.filter((name) => name in stats)).toEqual([])
  })

  it('are the only way to the selected pair: the transport object does not tell', async () => {
    await using pair = createNativePair()
    const { sender } = pair.left.addTransceiver('audio')
    await pair.connect()
    expect(() => sender.transport?.iceTransport.getSelectedCandidatePair()).toThrow('Not yet implemented')
  })
})

function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ family, internal }) => family === 'IPv6' && internal),
  )
}

function ufragOf({ localDescription }: RTCPeerConnection): string | undefined {
  return /a=ice-ufrag:(\S+)/.exec(localDescription?.sdp ?? '')?.[1]
}
