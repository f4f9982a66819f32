/**
 * Opens something that outlives whoever asked for it: it gets a signal that aborts with `signal` until it is open, and
 * not any more after that.
 */
export async function whileOpening<T>(
  signal: AbortSignal,
  open: (opening: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted()
  const opening = new AbortController()
  const giveUp = () => opening.abort(signal.reason)
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    return await open(opening.signal)
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}
