// Bundles src/ into dist/: start-up of a command-line tool is mostly the number of modules it loads
// (yargs alone is 25 files), and chunks keep each verb's work out of `--help`.
import { rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const NATIVE = ['@roamhq/wrtc']

rmSync('dist', { recursive: true, force: true })
const bundle = await rolldown({
  input: { cli: 'src/cli.ts' },
  platform: 'node',
  external: [...NATIVE, 'bufferutil', 'utf-8-validate'],
  transform: { target: 'node20' },
  resolve: { alias: { 'string-width': fileURLToPath(new URL('plain-width.mjs', import.meta.url)) } },
})
await bundle.write({ dir: 'dist', format: 'esm', minify: true, chunkFileNames: '[name]-[hash].js' })

const schemas = await rolldown({
  input: { schema: 'src/events.ts' },
  platform: 'node',
  transform: { target: 'node20' },
})
const { output } = await schemas.generate({ format: 'esm' })
const { jsonLineSchema } = await import(
  `data:text/javascript;base64,${Buffer.from(output[0].code).toString('base64')}`
)
const { toJsonSchema } = await import('@valibot/to-json-schema')
const schema = {
  title: 'One line of webrtc-cli --json',
  ...toJsonSchema(jsonLineSchema, { errorMode: 'ignore' }),
}
writeFileSync('dist/events.schema.json', `${JSON.stringify(schema, null, 2)}\n`)
