export { openAudioOutput, openTrackSink, openVideoOutput } from './media.js'
export { describeDataChannel, readCodecCapabilities, readLibraryVersion } from './capabilities.js'
export { createPeerConnection } from './peer-connection.js'
