import type { SdpDocument, SdpMediaSection } from './sdp-document.js'

/**
 * The m-sections that have to say how their transport is secured and reached: not those that are rejected, nor those
 * that use the transport of the first one of their BUNDLE group (RFC 9143 §7.1.3).
 */
export function transportSections({ media, bundleGroups }: SdpDocument): SdpMediaSection[] {
  const carried = new Set(bundleGroups.flatMap(({ mids }) => mids.slice(1)))
  return media.filter(
    ({ mid, port, attributes }) =>
      port !== 0 && !attributes.has('bundle-only') && (mid === null || !carried.has(mid)),
  )
}
