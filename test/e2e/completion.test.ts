import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { startCli } from '../support/cli.js'

/** Takes the script and the words typed so far, and prints what bash would offer for the last of them. */
const COMPLETE = `eval "$0"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_webrtc_cli
printf '%s\\n' "\${COMPREPLY[@]}"`

describe('completion', () => {
  let script = ''

  beforeAll(async () => {
    await using cli = startCli(['completion'])
    script = (await cli.exit).stdout
  })

  it.each([
    [['se'], ['send-file', 'send', 'serve']],
    [['--v'], ['--version']],
    [
      ['offer', '--sn'],
      ['--snapshot', '--snapshot-at', '--snapshot-every'],
    ],
    [
      ['stats', '--room', 'x', '--dump'],
      ['--dump', '--dump-format'],
    ],
    [['send', '--as'], ['--associations']],
    [['serve', '--max'], ['--max-peers']],
    [['sdp', '--room'], []],
    [['no-such-verb', '--'], []],
    [['send-file', 'CHANGE'], []],
  ])('of %j offers %j', async (words, offered) => {
    const { stdout } = await promisify(execFile)('bash', ['-c', COMPLETE, script, 'webrtc-cli', ...words])
    expect(stdout.split('\n').filter((word) => word !== '')).toEqual(offered)
  })
})
