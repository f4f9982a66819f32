import { describe, expect, it } from 'vitest'
import { refusal } from '../../src/commands/refusal.js'

describe('what the parser refuses', () => {
  it.each([
    ['Unknown argument: nosuch', 'nosuch', 'There is no verb "nosuch".'],
    ['Did you mean offer?', 'ofer --room x', 'There is no verb "ofer"; did you mean offer?'],
    ['Too many non-option arguments: got 2, maximum of 1', 'nosuch x', 'There is no verb "nosuch".'],
    ['Name a verb.', '--foo', 'Name a verb.'],
  ])('%s: points to all verbs', (message, argv, sentence) => {
    expect(refusal(message, argv.split(' '))).toEqual({ message: sentence, hint: 'See webrtc-cli --help' })
  })

  it.each([
    ['Unknown argument: rom', 'offer --rom x', 'There is no option --rom.'],
    ['Unknown argument: rom', 'offer --rom=x', 'There is no option --rom.'],
    ['Unknown argument: z', 'offer -z', 'There is no option -z.'],
    ['Unknown arguments: a, b', 'offer a b', 'offer takes no argument "a".'],
    ['Not enough arguments following: room', 'offer --room', '--room needs a value.'],
    ['Not enough arguments following: o', 'offer -o', '-o needs a value.'],
    ['Something else', 'offer', 'Something else.'],
  ])('%s (%s): points to the options of the verb', (message, argv, sentence) => {
    expect(refusal(message, argv.split(' '))).toEqual({
      message: sentence,
      hint: 'See webrtc-cli offer --help --all',
    })
  })
})
