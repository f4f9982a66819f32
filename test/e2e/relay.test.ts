import { describe, expect, it } from 'vitest'
import { startCli } from '../support/cli.js'
import { isMissing, startCoturn } from '../support/coturn.js'
import { openSignalingServer } from '../support/signaling-server.js'

describe.skipIf(isMissing('turnserver'))('a TURN server', () => {
  it.each(['udp', 'tcp'])('relays a session over %s where nothing else is allowed', async (transport) => {
    await using turn = await startCoturn()
    await using server = await openSignalingServer()
    const ice = ['--ice-server', `${turn.url}?transport=${transport}`, '--ice-transport-policy', 'relay']
    const place = ['--room', 'x', '--signal', server.url, '--json', ...ice]
    await using offerer = startCli(['offer', ...place, '--message', 'through the relay'])
    await using answerer = startCli(['answer', ...place])
    const [offered, answered] = await Promise.all([offerer.exit, answerer.exit])
    expect([offered.code, answered.code]).toEqual([0, 0])
    expect(offered.events.find(({ event }) => event === 'connected')).toMatchObject({
      candidatePair: { relayed: true, local: { type: 'relay', relayProtocol: transport } },
    })
    expect(answered.events).toContainEqual(
      expect.objectContaining({ event: 'chat', text: 'through the relay' }),
    )
  })

  it('that refuses the password is named with its answer, at once', async () => {
    await using turn = await startCoturn()
    await using server = await openSignalingServer()
    const url = turn.url.replace(':password@', ':wrong@')
    const place = ['--room', 'x', '--signal', server.url, '--json']
    await using offerer = startCli([
      'offer',
      ...place,
      '--ice-server',
      url,
      '--ice-transport-policy',
      'relay',
    ])
    await using answerer = startCli(['answer', ...place])
    const { code, events, stdout } = await offerer.exit
    answerer.kill()
    expect(code).toBe(69)
    const error = events.find((event) => event.event === 'error')
    expect(error).toMatchObject({ code: 'ICE_FAILED' })
    expect(error?.message).toMatch(/401/)
    expect(stdout).not.toContain('wrong')
  })

  it('takes its place in WEBRTC_CLI_ICE_SERVERS as on the command line', async () => {
    await using turn = await startCoturn()
    await using server = await openSignalingServer()
    const env = { WEBRTC_CLI_ICE_SERVERS: turn.url, WEBRTC_CLI_ICE_TRANSPORT_POLICY: 'relay' }
    const place = ['--room', 'x', '--signal', server.url, '--json']
    await using offerer = startCli(['offer', ...place, '--message', 'hi'], { env })
    await using answerer = startCli(['answer', ...place], { env })
    const [offered, answered] = await Promise.all([offerer.exit, answerer.exit])
    expect([offered.code, answered.code]).toEqual([0, 0])
    expect(offered.events.find(({ event }) => event === 'connected')).toMatchObject({
      candidatePair: { relayed: true },
    })
  })
})
