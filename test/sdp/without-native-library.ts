/** `require` has no hooks of its own in Node 20: every module that it loads goes through this function. */
const PRELOAD = `
import Module from 'node:module'
const load = Module._load
Module._load = (request, ...rest) => {
  if (request === '@roamhq/wrtc') throw new Error('no build for this platform')
  return load(request, ...rest)
}`

/** An environment in which loading the native library fails, as on a platform it has no build for. */
export function withoutNativeLibrary(): Record<string, string> {
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(PRELOAD)}` }
}
