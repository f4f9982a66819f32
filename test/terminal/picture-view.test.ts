import { describe, expect, it } from 'vitest'
import { deferred } from '../../src/async/deferred.js'
import { pictureColors, pictureLines } from '../../src/terminal/picture-text.js'
import { createPictureView } from '../../src/terminal/picture-view.js'

/** Two rows of red and blue pixels, upper red, lower blue; the last column is white. */
const PICTURE = new Uint8Array([255, 0, 0, 255, 0, 0, 255, 255, 255, 0, 0, 255, 0, 0, 255, 255, 255, 255])

describe('pictureColors', () => {
  it.each([
    [{ TERM: 'xterm-256color', COLORTERM: 'truecolor' }, 'truecolor'],
    [{ TERM: 'xterm-direct' }, 'truecolor'],
    [{ TERM: 'tmux-256color' }, '256'],
    [{ TERM: 'vt100' }, 'ascii'],
    [{ TERM: 'xterm-256color', COLORTERM: 'truecolor', NO_COLOR: '1' }, 'ascii'],
    [{ TERM: 'dumb' }, undefined],
    [{}, undefined],
  ])('takes %j for %s', (env, expected) => {
    expect(pictureColors(env)).toBe(expected)
  })
})

describe('pictureLines', () => {
  it('shows two rows of pixels in one of cells, and says a colour only where it changes', () => {
    expect(pictureLines(PICTURE, 3, 2, 'truecolor')).toEqual([
      '\u001b[38;2;255;0;0;48;2;0;0;255m\u2580\u2580\u001b[38;2;255;255;255;48;2;255;255;255m\u2580\u001b[0m',
    ])
    expect(pictureLines(PICTURE, 3, 2, '256')).toEqual([
      '\u001b[38;5;196;48;5;21m\u2580\u2580\u001b[38;5;231;48;5;231m\u2580\u001b[0m',
    ])
    expect(pictureLines(PICTURE, 3, 2, 'ascii')).toEqual(['::@'])
  })
})

function openScreen(size = { columns: 40, rows: 20 }) {
  const written: string[] = []
  let pending = deferred()
  let nowMs = 0
  const view = createPictureView(
    {
      size: () => size,
      write: (text) => {
        written.push(text)
        return pending.promise
      },
      print: (text) => void written.push(text),
    },
    { colors: 'ascii', now: () => nowMs },
  )
  const sizes: string[] = []
  return {
    view,
    written,
    sizes,
    size,
    show: (width = 640, height = 480) =>
      view.show({ width, height }, (columns, rows) => {
        sizes.push(`${columns}x${rows}`)
        return new Uint8Array(columns * rows * 3)
      }),
    async taken() {
      pending.resolve()
      pending = deferred()
      for (let turn = 0; turn < 5; turn++) await Promise.resolve()
    },
    pass: (elapsedMs: number) => void (nowMs += elapsedMs),
  }
}

describe('createPictureView', () => {
  it('fits the picture into the window above the text and keeps its shape', async () => {
    const screen = openScreen()
    screen.show()
    expect(screen.sizes).toEqual(['37x28'])
    const [room, picture] = screen.written
    // Fourteen rows for the picture, the rest scrolls.
    expect(room).toContain('\u001b[15;20r\u001b[20;1H')
    expect(picture?.startsWith('\u001b7') && picture.endsWith('\u001b8\u001b[?25h')).toBe(true)
    await screen.taken()
    screen.pass(100)
    screen.show(480, 640)
    expect(screen.sizes.at(-1)).toBe('21x28')
    screen.size.columns = 20
    await screen.taken()
    screen.pass(100)
    screen.show()
    expect(screen.sizes.at(-1)).toBe('20x16')
    expect(screen.written.at(-2)).toContain('\u001b[9;20r')
  })

  it('draws at most ten pictures a second', async () => {
    const screen = openScreen()
    for (let elapsedMs = 0; elapsedMs < 1000; elapsedMs += 20) {
      screen.show()
      await screen.taken()
      screen.pass(20)
    }
    expect(screen.sizes).toHaveLength(10)
  })

  it('leaves pictures out while the terminal is still busy with the last one', async () => {
    const screen = openScreen()
    for (let picture = 0; picture < 10; picture++) {
      screen.show()
      screen.pass(1000)
    }
    expect(screen.sizes).toHaveLength(1)
    await screen.taken()
    screen.show()
    expect(screen.sizes).toHaveLength(2)
  })

  it('gives the whole screen back, and nothing where nothing was drawn', () => {
    const screen = openScreen()
    expect(screen.view.restoration()).toBe('')
    screen.show()
    expect(screen.view.restoration()).toBe('\u001b7\u001b[r\u001b8\u001b[?25h')
  })

  it('draws nothing where there is no room', () => {
    const screen = openScreen({ columns: 3, rows: 2 })
    screen.show()
    expect(screen.written).toEqual([])
  })
})
