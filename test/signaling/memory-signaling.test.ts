import { describeSignalingChannel } from '../contract/signaling-channel.js'
import { createMemorySignaling } from './memory-signaling.js'

describeSignalingChannel('memory signaling', async () => {
  const { url, open, stop } = createMemorySignaling()
  return { url, open, stop: async () => stop(), [Symbol.asyncDispose]: async () => stop() }
})
