import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { FIGURES } from '../../src/figures/figures.js'
import { formatJunit } from '../../src/expect/junit.js'
import type { ExpectationResult } from '../../src/expect/recorder.js'
import { formatTap } from '../../src/expect/tap.js'

const results: ExpectationResult[] = [
  { expression: 'rtt.p95 < 80ms', ok: true, value: '0.6 ms', reason: null },
  { expression: 'path == relay', ok: false, value: 'direct', reason: 'path is direct' },
  { expression: 'a "b" & <c> #1 \\', ok: false, value: null, reason: 'x\u001b[2J\n\uD800]]>\u0000' },
]

describe('JUnit XML', () => {
  it('has a test case for each expectation', () => {
    expect(formatJunit(results, { name: 'webrtc-cli offer', durationMs: 3214, failure: null }))
      .toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="webrtc-cli" tests="3" failures="2" errors="0" skipped="0" time="3.214">
        <testsuite name="webrtc-cli offer" tests="3" failures="2" errors="0" skipped="0" time="3.214">
          <testcase classname="webrtc-cli offer" name="rtt.p95 &lt; 80ms" time="0"><system-out>0.6 ms</system-out></testcase>
          <testcase classname="webrtc-cli offer" name="path == relay" time="0">
            <failure type="expect" message="path is direct">path is direct</failure>
          </testcase>
          <testcase classname="webrtc-cli offer" name="a &quot;b&quot; &amp; &lt;c&gt; #1 \\" time="0">
            <failure type="expect" message="x[2J ]]&gt;">x[2J ]]&gt;</failure>
          </testcase>
        </testsuite>
      </testsuites>
      "
    `)
  })

  it('says why the run itself failed', () => {
    const xml = formatJunit([], { name: 'x', durationMs: 0, failure: 'Cannot reach <it>.' })
    expect(xml).toContain('<system-err>Cannot reach &lt;it&gt;.</system-err>')
    expect(xml).toContain('tests="0" failures="0"')
  })
})

describe('TAP 14', () => {
  it('has a test point for each expectation', () => {
    expect(formatTap(results, { failure: null })).toMatchInlineSnapshot(`
      "TAP version 14
      1..3
      ok 1 - rtt.p95 < 80ms
        ---
        value: "0.6 ms"
        ...
      not ok 2 - path == relay
        ---
        message: "path is direct"
        value: "direct"
        ...
      not ok 3 - a "b" & <c> \\#1 \\\\
        ---
        message: "x\\u001b[2J\\n\\ud800]]>\\u0000"
        ...
      "
    `)
  })

  it('says why the run itself failed, and that nothing was expected', () => {
    expect(formatTap([], { failure: 'Cannot\nreach it.' })).toBe(
      'TAP version 14\n1..0 # SKIP no --expect was given\n# the run failed: Cannot reach it.\n',
    )
  })
})

describe('the documentation', () => {
  const readme = readFileSync(new URL('../../src/expect/README.md', import.meta.url), 'utf8')

  it.each(FIGURES)(
    'has $name with its kind, aggregate and origin',
    ({ name, kind, source, from, describe: what }) => {
      const aggregate = source.over === 'samples' ? source.aggregate : '-'
      expect(readme.replaceAll(/ +/g, ' ')).toContain(
        `| \`${name}\` | ${kind} | ${aggregate} | ${from} | ${what} |`,
      )
    },
  )
})
