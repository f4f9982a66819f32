// One process that runs the built tool for each of the runs in its argument, one after the other, and prints how each
// ended. Of a run that ends before it has opened anything nothing is left that the next one could meet.
import { Readable } from 'node:stream'

const BIN = '../../dist/cli.js'

const runs = JSON.parse(process.argv[2])
const print = process.stdout.write.bind(process.stdout)
const node = process.argv[0]
const exits = []
for (const [index, { args, cwd, env, stdin }] of runs.entries()) {
  process.argv = [node, 'webrtc-cli', ...args]
  process.chdir(cwd)
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, env)
  if (stdin !== undefined)
    Object.defineProperty(process, 'stdin', {
      configurable: true,
      value: Readable.from([Buffer.from(stdin)]),
    })
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr']) {
    process[name].write = (chunk, ...rest) => {
      written[name] += chunk
      rest.at(-1)?.()
      return true
    }
  }
  let code
  process.exit = (given) => {
    code ??= given
  }
  // The module is the run: another query is another one. What it imports is there already.
  await import(`${BIN}?run=${index}`)
  // Who does not say how it ends, as --help, ends well.
  exits.push({ code: code ?? 0, ...written })
}
print(JSON.stringify(exits))
