import { describe, expect, it } from 'vitest'
import { abortable } from '../../src/async/abortable.js'
import { whileOpening } from '../../src/async/while-opening.js'

describe('what is opened for longer than the command that asks for it', () => {
  it('is not given up when the command is over', async () => {
    const command = new AbortController()
    const lifetime = await whileOpening(command.signal, async (opening) => opening)
    command.abort(new Error('over'))
    expect(lifetime.aborted).toBe(false)
  })

  it('is given up with the command as long as it is not open', async () => {
    const command = new AbortController()
    const opened = whileOpening(command.signal, (opening) => abortable(new Promise(() => undefined), opening))
    command.abort(new Error('over'))
    await expect(opened).rejects.toThrow('over')
    await expect(whileOpening(command.signal, async () => 'opened')).rejects.toThrow('over')
  })
})
