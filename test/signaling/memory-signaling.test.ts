import { describeSignalingChannel } from '../contract/signaling-channel.js'
import { createMemorySignaling } from './memory-signaling.js'

describeSignalingChannel('memory signaling', async () => {
  const memory = createMemorySignaling()
  const stop = async () => memory.stop()
  return { url: memory.url, open: memory.open, stop, [Symbol.asyncDispose]: stop }
})
