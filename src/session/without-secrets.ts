/** Long enough for RFC 8839 §5.4, so that what reads the description does not stumble over it. */
const MASKED_PASSWORD = 'redactedredactedredacted'

/** Of an RTCIceServer, and whatever else holds one. */
const SECRET_FIELDS = new Set(['username', 'credential', 'password'])

/** Whether a field of that name is never written down. */
export function isSecretField(name: string): boolean {
  return SECRET_FIELDS.has(name)
}

/**
 * The text without what would let somebody take part in the session: in a description ICE passwords and SDES keys
 * are masked, of the URL of an ICE server what stands before `@` is left out. ICE user fragments and certificate
 * fingerprints stay; both travel in the clear, and tell restarts and peers apart.
 */
export function withoutSecrets(text: string): string {
  return text
    .replace(/^((?:a=)?ice-pwd:)[^\r\n]*/gm, `$1${MASKED_PASSWORD}`)
    .replace(/^(a=crypto:\d+ \S+ inline:)[^\r\n]*/gm, `$1${MASKED_PASSWORD}`)
    .replace(/^((?:stun|turn)s?:)[^@\s]*@/i, '$1')
}
