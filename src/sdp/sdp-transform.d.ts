/** The part of sdp-transform that `parse-sdp.ts` uses; the package has no types of its own. */
declare module 'sdp-transform' {
  const sdpTransform: {
    parse: (sdp: string) => unknown
    parseParams: (text: string) => Record<string, string | number | undefined>
    parseSimulcastStreamList: (text: string) => { scid: string | number; paused: boolean }[][]
  }
  export default sdpTransform
}
