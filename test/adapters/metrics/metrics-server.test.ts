import { describe, expect, it } from 'vitest'
import { openMetricsServer } from '../../../src/adapters/metrics/metrics-server.js'
import type { Metric } from '../../../src/stats/metrics.js'

const metric = (change: Partial<Metric>): Metric => ({
  name: 'webrtc_rtt_seconds',
  help: 'round trip',
  labelNames: [],
  read: () => [{ labels: {}, value: 0.0125 }],
  ...change,
})

const open = (metrics: readonly Metric[]) => openMetricsServer({ host: '127.0.0.1', port: 0, metrics })

describe('the metrics server', () => {
  it('answers with what the metrics are at that moment', async () => {
    let value = 1
    const stream = metric({
      name: 'webrtc_stream_loss_ratio',
      labelNames: ['stream'],
      read: () => [{ labels: { stream: `mid "${value}"\\` }, value }],
    })
    await using server = await open([metric({}), stream])
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/)
    const answer = await fetch(server.url)
    expect(answer.headers.get('content-type')).toContain('text/plain')
    expect(await answer.text()).toContain(
      '# HELP webrtc_rtt_seconds round trip\n# TYPE webrtc_rtt_seconds gauge\nwebrtc_rtt_seconds 0.0125\n',
    )
    value = 2
    const lines = (await (await fetch(server.url)).text())
      .split('\n')
      .filter((line) => line.startsWith('webrtc_stream'))
    expect(lines).toEqual([String.raw`webrtc_stream_loss_ratio{stream="mid \"2\"\\"} 2`])
  })

  it('leaves out what has no value', async () => {
    const none = { read: () => [] }
    const stream = metric({ ...none, name: 'webrtc_stream_loss_ratio', labelNames: ['stream'] })
    await using server = await open([metric(none), stream])
    expect((await fetch(server.url)).status).toBe(200)
    expect(await (await fetch(server.url)).text()).not.toMatch(/^webrtc_/m)
  })

  it.each([
    ['/', 'GET', 404],
    ['/metrics', 'POST', 405],
    ['/metrics?x=1', 'GET', 200],
  ])('answers %s %s with %d', async (path, method, status) => {
    await using server = await open([metric({})])
    expect((await fetch(new URL(path, server.url), { method })).status).toBe(status)
  })

  it('says that a port is taken', async () => {
    await using server = await open([])
    const port = Number(new URL(server.url).port)
    await expect(openMetricsServer({ host: '127.0.0.1', port, metrics: [] })).rejects.toMatchObject({
      message: `Cannot listen on 127.0.0.1:${port} for metrics: the port is taken.`,
      code: 'LISTEN_FAILED',
    })
  })
})
