import { expect, it } from 'vitest'
import { PeerError } from '../../src/errors.js'
import { parseExpression } from '../../src/expect/parse-expression.js'

function faultOf(source: string): string {
  try {
    parseExpression(source)
  } catch (error) {
    if (error instanceof PeerError) return `${error.message}\n${error.hint}`
  }
  throw new Error(`no fault in ${source}`)
}

it.each([
  '',
  'rtt',
  'rtt <',
  'rtt < 80',
  'rtt < 80 ms',
  'rtt < 5MB/s',
  'rtt.p97 < 80ms',
  'rtt = 80ms',
  'rtt ~ 80ms',
  'rtts < 80ms',
  'loss < 1%',
  'path < relay',
  'path == 5',
  'path == realy',
  'path.p95 == relay',
  'path == "relay"',
  'candidates.local == relay',
  'candidates.local includes and',
  'connect.time.max < 1s',
  'connect.time < 1s for 5s',
  'rtt.p95 < 80ms for 5s',
  'rtt < 80ms for 0s',
  'rtt < 80ms for long',
  'inbound.video.loss < 0.5',
  'transfer.rate > -1',
  '(rtt < 80ms',
  'rtt < 80ms)',
  'rtt < 80ms rtt < 90ms',
  'rtt < 80ms && path == direct',
  'rtt < 1e999ms',
  'path == \u001b[31mrelay',
])('the caret under the fault of %j', (source) => {
  expect(faultOf(source)).toMatchSnapshot()
})
