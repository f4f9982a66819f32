import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { describe, expect, it, onTestFinished } from 'vitest'
import { launchChromium, whyNoChromium } from '../support/chromium.js'
import { startCli } from '../support/cli.js'
import { temporaryDirectory } from '../support/files.js'
import { openSignalingServer } from '../support/signaling-server.js'

const PICTURES = fileURLToPath(new URL('../../test-output/', import.meta.url))

const HOSTILE = '<script>document.title="owned"</script>'

/** What a person would see, to be looked at after the run; on paper there is one colour scheme only. */
async function keepPictures(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.setViewportSize({ width: 1_000, height: 800 })
  await page.screenshot({ path: join(PICTURES, `report-${colorScheme}.png`), fullPage: true })
  if (colorScheme === 'dark') return
  await page.emulateMedia({ media: 'print' })
  await page.screenshot({ path: join(PICTURES, 'report-print.png'), fullPage: true })
}

describe('--report', () => {
  it(
    'is a page of the run, whose plots are drawn and which contacts nobody',
    { skip: whyNoChromium() !== undefined },
    async () => {
      const path = join(await temporaryDirectory(), 'report.html')
      await using server = await openSignalingServer()
      const place = ['--room', 'x', '--signal', server.url, '--json']
      const impaired = ['--impair', 'delay=30ms,loss=2%,seed=1']
      await using answerer = startCli([
        'answer',
        ...place,
        '--peer-name',
        HOSTILE,
        '--audio',
        'tone',
        '--duration',
        '2s',
      ])
      await using offerer = startCli([
        'offer',
        ...place,
        ...impaired,
        '--report',
        path,
        '--expect',
        'path == direct',
        '--expect',
        'rtt < 1ms',
      ])
      const [{ code }] = await Promise.all([offerer.exit, answerer.exit])
      expect(code).toBe(1)

      const browser = await launchChromium()
      onTestFinished(() => browser.close())
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await browser.newPage({ colorScheme, viewport: { width: 400, height: 800 } })
        const troubles: string[] = []
        page.on('console', (message) => troubles.push(message.text()))
        page.on('pageerror', (error) => troubles.push(error.message))
        page.on('request', (request) => {
          if (!request.url().startsWith('file:')) troubles.push(request.url())
        })
        await page.goto(`file://${path}`)
        expect(await page.title()).toBe('Connected directly, not as expected - webrtc-cli offer')
        expect(await page.locator('bdi').first().textContent()).toBe(HOSTILE)
        expect(await page.locator('h1').textContent()).toBe('Connected directly, not as expected')
        expect(await page.locator('canvas').count()).toBeGreaterThanOrEqual(4)
        // Something is drawn in each, in more than one colour.
        const colors = await page.locator('canvas').evaluateAll((canvases) =>
          canvases.map((canvas) => {
            if (!(canvas instanceof HTMLCanvasElement)) return 0
            const image = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height)
            return new Set(new Uint32Array(image?.data.buffer ?? new ArrayBuffer())).size
          }),
        )
        expect(colors.filter((count) => count < 4)).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(400)
        await keepPictures(page, colorScheme)
        expect(troubles).toEqual([])
      }
    },
  )

  it('is written where nobody came too, and says so', async () => {
    const path = join(await temporaryDirectory(), 'report.html')
    await using server = await openSignalingServer()
    await using cli = startCli([
      'offer',
      '--room',
      'x',
      '--signal',
      server.url,
      '--timeout',
      '1s',
      '--report',
      path,
    ])
    expect((await cli.exit).code).toBe(124)
    const page = await readFile(path, 'utf8')
    expect(page).toContain('<h1>No peer came</h1>')
    expect(page).toContain('while waiting for a peer')
  })
})
