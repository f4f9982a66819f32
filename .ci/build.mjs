// Bundles src/ into dist/: start-up of a command-line tool is mostly the number of modules it loads
// (yargs alone is 25 files), and chunks keep each verb's work out of `--help`.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const NATIVE = ['@roamhq/wrtc']

/**
 * What is loaded together, by the modules that begin it, each with all that it imports: Node takes 1 to 2 ms for every
 * file, and a peer was made of seventy. A module goes to the first that has it; the rest is split as it is imported.
 * `cli.ts` waits for its verb at the top level, so no verb may need the file that it is in.
 */
const TOGETHER = {
  options: /src\/commands\/options\/option-tables\.ts$/,
  run: /src\/commands\/run\.ts$/,
  peer: /src\/commands\/(session\/open-session|outputs\/run-outputs)\.ts$/,
  signaling: /src\/adapters\/websocket\/open-signaling\.ts$/,
  wrtc: /src\/adapters\/wrtc\/index\.ts$/,
  session: /src\/commands\/session\/peer-session\.ts$/,
}

rmSync('dist', { recursive: true, force: true })
const bundle = await rolldown({
  input: { cli: 'src/cli.ts' },
  platform: 'node',
  external: [...NATIVE, 'bufferutil', 'utf-8-validate'],
  transform: { target: 'node20' },
  resolve: { alias: { 'string-width': fileURLToPath(new URL('plain-width.mjs', import.meta.url)) } },
})
const { output: chunks } = await bundle.write({
  dir: 'dist',
  format: 'esm',
  minify: true,
  chunkFileNames: '[name]-[hash].js',
  codeSplitting: {
    groups: Object.entries(TOGETHER).map(([name, test], index, { length }) => ({
      name,
      test,
      priority: length - index,
    })),
  },
})

const page = await buildReportPage()
writeFileSync('dist/report-page.json', JSON.stringify(page.assets))
writeFileSync('dist/THIRD-PARTY.txt', notices([...chunks, ...page.chunks]))

await writeSchema('dist/events.schema.json', {
  module: 'src/events.ts',
  name: 'jsonLineSchema',
  title: 'One line of webrtc-cli --json',
})
await writeSchema('dist/commands.schema.json', {
  module: 'src/control/command.ts',
  name: 'sessionCommandSchema',
  title: 'One line of standard input with webrtc-cli --control',
})

/** Publishes a schema of the sources as JSON Schema. */
async function writeSchema(path, { module, name, title }) {
  const bundle = await rolldown({ input: module, platform: 'node', transform: { target: 'node20' } })
  const { output } = await bundle.generate({ format: 'esm' })
  const code = Buffer.from(output[0].code).toString('base64')
  const { [name]: schema } = await import(`data:text/javascript;base64,${code}`)
  const { toJsonSchema } = await import('@valibot/to-json-schema')
  const published = { title, ...toJsonSchema(schema, { errorMode: 'ignore' }) }
  writeFileSync(path, `${JSON.stringify(published, null, 2)}\n`)
}

/** What the page of --report brings along, as one script and one style sheet, with the hashes its policy names. */
async function buildReportPage() {
  const pageBundle = await rolldown({ input: 'src/report/page/plots.ts', platform: 'browser' })
  const { output: pageChunks } = await pageBundle.generate({ format: 'iife', minify: true })
  const script = pageChunks[0].code.trim()
  if (/<\/script|<!--/i.test(script)) throw new Error('The script of the report would end its element.')
  const style = ['node_modules/uplot/dist/uPlot.min.css', 'src/report/page/page.css']
    .map((path) => readFileSync(path, 'utf8').trim())
    .join('\n')
  const hash = (text) => createHash('sha256').update(text).digest('base64')
  const assets = {
    script,
    style,
    scriptHash: hash(script),
    styleHash: hash(style),
    notice: notices(pageChunks),
  }
  return { assets, chunks: pageChunks }
}

/** The licences of the packages whose code is in the bundle: their authors ask for the notice to go with it. */
function notices(chunks) {
  const modules = chunks.flatMap((chunk) => Object.keys(chunk.modules ?? {}))
  const folders = new Set(
    modules.flatMap(
      (id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id.replaceAll('\\', '/'))?.[0] ?? [],
    ),
  )
  return [...folders]
    .toSorted((left, right) => left.localeCompare(right))
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
      const text = file === undefined ? '' : readFileSync(`${folder}/${file}`, 'utf8').trim()
      return `${name} ${version} (${license})\n\n${text}\n`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}
