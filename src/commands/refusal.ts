/** What yargs refused, in our words: its own leave the dashes out and take an unknown verb for an argument. */
export function refusal(message: string, argv: readonly string[]): { message: string; hint: string } {
  const verb = argv.find((argument) => /^[a-z]/.test(argument))
  const ofAll = (sentence: string) => ({ message: sentence, hint: 'See webrtc-cli --help' })
  const ofVerb = (sentence: string) =>
    verb === undefined ? ofAll(sentence) : { message: sentence, hint: `See webrtc-cli ${verb} --help --all` }
  const found = (pattern: RegExp) => pattern.exec(message)?.[1]

  const meant = found(/^Did you mean (.+)\?$/)
  if (meant !== undefined) return ofAll(`There is no verb "${verb}"; did you mean ${meant}?`)
  const incomplete = found(/^Not enough arguments following: (.+)$/)
  if (incomplete !== undefined) return ofVerb(`${dashed(incomplete)} needs a value.`)
  const unknown = found(/^Unknown arguments?: (.+)$/)
  const [first] = unknown?.split(', ') ?? []
  const isUnknownVerb =
    (verb !== undefined && first === verb) || message.startsWith('Too many non-option arguments')
  if (isUnknownVerb) return ofAll(`There is no verb "${verb}".`)
  if (first !== undefined && isOption(first, argv)) return ofVerb(`There is no option ${dashed(first)}.`)
  if (unknown !== undefined) return ofVerb(`${verb} takes no argument ${JSON.stringify(first)}.`)
  return ofVerb(/[.?!]$/.test(message) ? message : `${message}.`)
}

function isOption(name: string, argv: readonly string[]): boolean {
  if (name.length > 1) return argv.some((argument) => argument.split('=')[0] === `--${name}`)
  return argv.some((argument) => /^-\w/.test(argument) && argument.includes(name))
}

function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`
}
