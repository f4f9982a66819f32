const HOOKS = `
export function resolve(specifier, context, next) {
  if (specifier === '@roamhq/wrtc') throw new Error('no build for this platform')
  return next(specifier, context)
}`

/** An environment in which importing the native library fails, as on a platform it has no build for. */
export function withoutNativeLibrary(): Record<string, string> {
  const hooks = asDataUrl(HOOKS)
  const preload = asDataUrl(`import { register } from 'node:module'; register(${JSON.stringify(hooks)})`)
  return { NODE_OPTIONS: `--import=${preload}` }
}

function asDataUrl(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`
}
