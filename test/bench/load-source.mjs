// Imports modules of src/ as they are, without a build: a bench can call what the binary does not show.
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const SRC = fileURLToPath(new URL('../../src/', import.meta.url))

/** The exports of some modules, named by their path in src/, in one object. */
export async function loadSource(...paths) {
  const entry = paths.map((path) => `export * from ${JSON.stringify(`${SRC}${path}`)}`).join('\n')
  const bundle = await rolldown({
    input: 'entry',
    platform: 'node',
    external: ['@roamhq/wrtc'],
    transform: { target: 'node20' },
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === 'entry' ? '\0entry' : undefined),
        load: (id) => (id === '\0entry' ? entry : undefined),
      },
    ],
  })
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false })
  return import(`data:text/javascript;base64,${Buffer.from(output[0].code).toString('base64')}`)
}
