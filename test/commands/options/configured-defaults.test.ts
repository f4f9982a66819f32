import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import {
  checkConfigKeys,
  configuredDefault,
  loadConfigFile,
} from '../../../src/commands/options/configured-defaults.js'
import { temporaryDirectory } from '../../support/files.js'

const text = { string: true as const }
const flag = { boolean: true as const }
const list = { array: true as const }

async function load(content: unknown): Promise<void> {
  const path = join(await temporaryDirectory(), 'webrtc-cli.config.json')
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  loadConfigFile(['offer', '--config', path], {})
}

describe('configured defaults', () => {
  afterEach(() => loadConfigFile([], {}))

  it('come from the environment by the name of the option', () => {
    expect(configuredDefault('peer-name', text, { WEBRTC_CLI_PEER_NAME: 'Ada' })).toBe('Ada')
    expect(configuredDefault('json', flag, { WEBRTC_CLI_JSON: '1' })).toBe(true)
    expect(configuredDefault('json', flag, { WEBRTC_CLI_JSON: 'no' })).toBe(false)
    expect(configuredDefault('ice-server', list, { WEBRTC_CLI_ICE_SERVERS: 'stun:a, stun:b' })).toEqual([
      'stun:a',
      'stun:b',
    ])
  })

  it('are absent where nothing, or an empty value, is set', () => {
    expect(configuredDefault('room', text, {})).toBeUndefined()
    expect(configuredDefault('room', text, { WEBRTC_CLI_ROOM: '' })).toBeUndefined()
  })

  it('take the file where the environment says nothing', async () => {
    await load({ room: 'lab', json: true, 'ice-server': ['stun:a'] })
    expect(configuredDefault('room', text, {})).toBe('lab')
    expect(configuredDefault('room', text, { WEBRTC_CLI_ROOM: 'tea' })).toBe('tea')
    expect(configuredDefault('json', flag, {})).toBe(true)
    expect(configuredDefault('ice-server', list, {})).toEqual(['stun:a'])
  })

  it('refuse a flag that is neither true nor false', () => {
    expect(() => configuredDefault('json', flag, { WEBRTC_CLI_JSON: 'maybe' })).toThrow(
      'WEBRTC_CLI_JSON must be true or false, got "maybe".',
    )
  })

  it.each([
    ['no JSON', '{', /config\.json \(--config\): it is not JSON \(.+\)\.$/],
    ['no object', '[]', /config\.json \(--config\): it is JSON, and not an object\.$/],
  ])('refuse a file that is %s with the path', async (_what, content, message) => {
    await expect(load(content)).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: expect.stringMatching(message),
    })
  })

  it('refuse a file that is not there', () => {
    expect(() => loadConfigFile(['--config', '/no/such.json'], {})).toThrow(
      'Cannot use the configuration file /no/such.json (--config): it does not exist.',
    )
  })

  it('refuse a key that no verb has', async () => {
    await load({ rooom: 'x' })
    expect(() => checkConfigKeys(new Set(['room']))).toThrow('sets "rooom", which is no option of any verb')
  })
})
