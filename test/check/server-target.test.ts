import { describe, expect, it } from 'vitest'
import { listTargets } from '../../src/check/server-target.js'

const told = (...urls: string[]) =>
  listTargets([{ urls, username: 'u', credential: 'p' }]).map(
    ({ url, kind, transport, host, port, extra }) =>
      `${kind} ${transport} ${host} ${port}${extra ? ` extra ${url}` : ''}`,
  )

describe('how a server is reached', () => {
  it.each([
    ['stun:192.0.2.1', ['stun udp 192.0.2.1 3478']],
    ['stuns:stun.test:443', ['stun tls stun.test 443']],
    ['turn:turn.test:99?transport=tcp', ['turn tcp turn.test 99']],
    ['turns:turn.test', ['turn tls turn.test 5349']],
    ['turns:turn.test?transport=udp', []],
    [
      'turn:[2001:db8::1]:3478',
      ['turn udp 2001:db8::1 3478', 'turn tcp 2001:db8::1 3478 extra turn:[2001:db8::1]:3478?transport=tcp'],
    ],
    ['http://turn.test', []],
  ])('%s', (url, targets) => {
    expect(told(url)).toEqual(targets)
  })

  it('is each way once, and what was asked for is not extra', () => {
    expect(told('turn:a:1', 'turn:a:1?transport=tcp', 'turn:a:1?transport=udp')).toEqual([
      'turn udp a 1',
      'turn tcp a 1',
    ])
  })
})
