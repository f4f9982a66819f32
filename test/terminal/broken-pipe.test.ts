import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { onBrokenPipe } from '../../src/terminal/broken-pipe.js'

it('calls back once with the first error and leaves none unhandled', () => {
  const stream = new PassThrough()
  const errors: string[] = []
  onBrokenPipe(stream, (error) => errors.push(error.message))
  stream.emit('error', new Error('write EPIPE'))
  stream.emit('error', new Error('write EIO'))
  expect(errors).toEqual(['write EPIPE'])
})
