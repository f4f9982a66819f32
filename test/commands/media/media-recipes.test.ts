import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { MEDIA_RECIPES } from '../../../src/commands/media/media-recipes.js'

const README = readFileSync(fileURLToPath(new URL('../../../README.md', import.meta.url)), 'utf8')

it.each(MEDIA_RECIPES)('the README has, and so a test runs: %s', (command) => {
  expect(README.split('\n')).toContain(`webrtc-cli ${command}`)
})
