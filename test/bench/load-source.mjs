// Imports modules of src/ as they are, without a build: a bench can call what the binary does not show.
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'

/** By its address: what is imported from a `data:` URL has no place to look for packages from. */
const BINDING = pathToFileURL(createRequire(import.meta.url).resolve('@roamhq/wrtc')).href

const SRC = fileURLToPath(new URL('../../src/', import.meta.url))

/** The exports of some modules, named by their path in src/, in one object. */
export async function loadSource(...paths) {
  const entry = paths.map((path) => `export * from ${JSON.stringify(`${SRC}${path}`)}`).join('\n')
  const bundle = await rolldown({
    input: 'entry',
    platform: 'node',
    transform: { target: 'node20' },
    plugins: [
      {
        name: 'entry',
        resolveId(id) {
          if (id === '@roamhq/wrtc') return { id: BINDING, external: true }
          return id === 'entry' ? '\0entry' : undefined
        },
        load: (id) => (id === '\0entry' ? entry : undefined),
      },
    ],
  })
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false })
  return import(`data:text/javascript;base64,${Buffer.from(output[0].code).toString('base64')}`)
}
