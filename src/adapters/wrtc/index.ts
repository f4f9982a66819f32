export { openAudioOutput, openAudioSink, openVideoOutput, openVideoSink } from './media.js'
export { createPeerConnection } from './peer-connection.js'
