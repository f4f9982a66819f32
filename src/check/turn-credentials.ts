import { createHmac } from 'node:crypto'

/** Long enough for any session, as the credentials never leave the machine that has the secret. */
const TURN_CREDENTIAL_LIFETIME_S = 86_400

export interface TurnCredentials {
  username: string
  credential: string
}

/**
 * Credentials out of the secret that is shared with a TURN server (coturn's `static-auth-secret`,
 * draft-uberti-behave-turn-rest): the user name says until when they hold, the password is its HMAC-SHA1.
 */
export function createTurnCredentials(
  secret: string,
  { nowMs = Date.now(), user = 'webrtc-cli' }: { nowMs?: number; user?: string } = {},
): TurnCredentials {
  const username = `${Math.floor(nowMs / 1000) + TURN_CREDENTIAL_LIFETIME_S}:${user}`
  return { username, credential: createHmac('sha1', secret).update(username).digest('base64') }
}

/** When credentials of that kind end, in ms since the epoch; undefined where the user name says no time. */
export function readCredentialExpiry(username: string): number | undefined {
  // Between 2001 and 2286: a user called 42 has no expiry.
  const seconds = /^(\d{10})(?::|$)/.exec(username)?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1000
}
