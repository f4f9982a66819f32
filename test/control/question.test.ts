import { describe, expect, it } from 'vitest'
import { Question } from '../../src/control/question.js'
import { PeerError } from '../../src/errors.js'

describe('a question to whoever controls the session', () => {
  it.each([true, false])('is answered with %s', async (isWanted) => {
    const question = new Question()
    const asked = question.ask({})
    question.answer(isWanted)
    expect(await asked).toBe(isWanted)
    expect(() => question.answer(true)).toThrow(expect.objectContaining({ code: 'USAGE' }))
  })

  it('is not answered by what was meant for the one before, which was taken back', async () => {
    const question = new Question()
    const withdrawn = new AbortController()
    const first = question.ask({ signal: withdrawn.signal })
    withdrawn.abort(new PeerError('PEER_CANCELLED', 'not any more'))
    await expect(first).rejects.toMatchObject({ code: 'PEER_CANCELLED' })
    const second = question.ask({})
    expect(() => question.answer(true)).toThrow(/another offer/)
    question.answer(true)
    expect(await second).toBe(true)
  })
})
