import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { rejectLoneOptions } from '../../../src/commands/options/lone-options.js'

describe('options that only add to another one', () => {
  it.each([
    [{ junit: 'a.xml' }, '--junit needs --expect EXPRESSION.'],
    [{ junit: 'a.xml', expect: [] }, '--junit needs --expect EXPRESSION.'],
    [{ tap: true }, '--tap needs --expect EXPRESSION.'],
    [{ 'prometheus-host': '::1' }, '--prometheus-host needs --prometheus PORT.'],
    [{ 'dump-format': 'rtcstats' as const }, '--dump-format needs --dump FILE.'],
  ])('refuses %j alone', (args, message) => {
    expect(() => rejectLoneOptions(args)).toThrow(expect.objectContaining({ code: 'USAGE', message }))
  })

  it.each([
    [{}],
    [{ tap: false }],
    [{ junit: 'a.xml', tap: true, expect: ['path == direct'] }],
    [{ prometheus: 0, 'prometheus-host': '::1', dump: 'a', 'dump-format': 'rtcstats' as const }],
  ])('takes %j', (args) => {
    expect(() => rejectLoneOptions(args)).not.toThrow()
  })

  it('takes them as a preference for many runs', () => {
    vi.stubEnv('WEBRTC_CLI_PROMETHEUS_HOST', '::1')
    onTestFinished(() => void vi.unstubAllEnvs())
    expect(() => rejectLoneOptions({ 'prometheus-host': '::1' })).not.toThrow()
  })
})
