import { describe, expect, it } from 'vitest'
import { abortable } from '../../src/async/abortable.js'
import { AsyncQueue } from '../../src/async/async-queue.js'
import { deferred } from '../../src/async/deferred.js'
import { obey, type ObeyOptions } from '../../src/control/obey.js'
import { parseControlLine, type GivenCommand } from '../../src/control/parse-command.js'
import { PeerError } from '../../src/errors.js'
import type { PeerEvent } from '../../src/events.js'

const never = new Promise<never>(() => undefined)

/** Obeys lines of JSON as they are pushed. */
function start(options: Partial<ObeyOptions> = {}) {
  const given = new AsyncQueue<GivenCommand>()
  const events: PeerEvent[] = []
  const stop = new AbortController()
  const done = obey({
    given: given.read({ signal: stop.signal }),
    perform: async () => undefined,
    say: async () => undefined,
    commander: 'program',
    onEvent: (event) => events.push(event),
    signal: stop.signal,
    ...options,
  })
  done.catch(() => undefined)
  const give = (...commands: object[]) => {
    for (const command of commands) given.push(parseControlLine(JSON.stringify(command)))
  }
  const answers = () =>
    events.flatMap((event): [unknown, string][] =>
      event.event === 'command' ? [[event.id, event.error?.code ?? 'ok']] : [],
    )
  return { done, give, end: () => given.end(), answers, stop, events }
}

describe('what a session is told', () => {
  it('is done one after the other, each with one answer, whatever fails', async () => {
    const begun: unknown[] = []
    const gates = [deferred(), deferred()]
    const { done, give, end, answers } = start({
      perform: async ({ id }) => {
        begun.push(id)
        await gates[begun.length - 1]?.promise
        if (id === 1) throw new PeerError('INPUT_UNREADABLE', 'no')
      },
    })
    give({ command: 'stats', id: 1 }, { command: 'stast', id: 2 }, { command: 'restart-ice', id: 3 })
    end()
    await new Promise((resolve) => setImmediate(resolve))
    expect(begun).toEqual([1])
    gates[0]?.resolve()
    gates[1]?.resolve()
    await done
    expect(begun).toEqual([1, 3])
    expect(answers()).toEqual([
      [2, 'USAGE'],
      [1, 'INPUT_UNREADABLE'],
      [3, 'ok'],
    ])
  })

  it('says texts past a command that takes its time, and answers those of a program only', async () => {
    const said: string[] = []
    const say = async (text: string) => void said.push(text)
    for (const commander of ['program', 'person'] as const) {
      const gate = deferred()
      const { done, give, end, answers } = start({ perform: () => gate.promise, say, commander })
      give({ command: 'stats', id: 1 }, { command: 'chat', text: commander, id: 2 })
      end()
      await new Promise((resolve) => setImmediate(resolve))
      expect(answers()).toEqual(commander === 'program' ? [[2, 'ok']] : [])
      gate.resolve()
      await done
    }
    expect(said).toEqual(['program', 'person'])
  })

  it('does what else it is told while files are on their way', async () => {
    const sent = deferred()
    const { done, give, end, answers } = start({
      perform: ({ command }) => (command === 'send' ? sent.promise : Promise.resolve()),
    })
    give({ command: 'send', path: 'a', id: 1 }, { command: 'mute', id: 2 }, { command: 'cancel', id: 3 })
    end()
    await new Promise((resolve) => setImmediate(resolve))
    expect(new Map(answers())).toEqual(
      new Map([
        [2, 'ok'],
        [3, 'ok'],
      ]),
    )
    sent.resolve()
    await done
    expect(answers()).toHaveLength(3)
  })

  it('ends with the quit of a program after what it gave before', async () => {
    const gate = deferred()
    const { done, give, answers } = start({ perform: () => gate.promise })
    give({ command: 'stats', id: 1 }, { command: 'quit', id: 2 }, { command: 'stats', id: 3 })
    gate.resolve()
    await done
    expect(answers()).toEqual([
      [1, 'ok'],
      [2, 'ok'],
    ])
  })

  it('ends at once with the quit of a person', async () => {
    const { done, give, answers } = start({
      perform: (_action, { signal }) => abortable(never, signal),
      commander: 'person',
    })
    give({ command: 'stats' }, { command: 'quit' })
    await done
    expect(answers()).toEqual([
      [null, 'PEER_LOST'],
      [null, 'ok'],
    ])
  })

  it('answers what is in progress where the session ends, and then rejects', async () => {
    const { done, give, answers, stop } = start({
      perform: (_action, { signal }) => abortable(never, signal),
    })
    give({ command: 'stats', id: 1 }, { command: 'stats', id: 2 })
    await new Promise((resolve) => setImmediate(resolve))
    stop.abort(new PeerError('PEER_LOST', 'gone'))
    await expect(done).rejects.toMatchObject({ code: 'PEER_LOST' })
    expect(answers()).toEqual([
      [1, 'PEER_LOST'],
      [2, 'PEER_LOST'],
    ])
  })

  it('takes no more than it can do', async () => {
    let read = 0
    async function* endless() {
      for (;;) {
        read++
        yield parseControlLine('{"command":"stats"}')
      }
    }
    const stop = new AbortController()
    const { done } = start({
      given: endless(),
      perform: (_action, { signal }) => abortable(never, signal),
      signal: stop.signal,
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(read).toBeLessThan(100)
    stop.abort(new PeerError('INTERRUPTED', 'enough'))
    await expect(done).rejects.toMatchObject({ code: 'INTERRUPTED' })
  })
})
