const FINGERPRINT = Array.from({ length: 32 }, (_byte, index) =>
  (0xa0 + index).toString(16).toUpperCase(),
).join(':')

const TRANSPORT = `a=ice-ufrag:wX3k
a=ice-pwd:Q0iJ2kLmN4oPqRsTuVwXyZ01
a=ice-options:trickle
a=fingerprint:sha-256 ${FINGERPRINT}
a=setup:actpass`

/** An offer as a browser writes it: audio, video in two simulcast layers, and data. */
export const BROWSER_OFFER = lines(`v=0
o=- 6120384720147843527 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1 2
a=extmap-allow-mixed
a=msid-semantic: WMS stream-a
m=audio 9 UDP/TLS/RTP/SAVPF 111 0
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:1467250027 1 udp 2122260223 192.0.2.10 46243 typ host generation 0 network-id 1
a=candidate:1853887674 1 udp 1518280447 198.51.100.7 36768 typ srflx raddr 192.0.2.10 rport 36768 generation 0
a=candidate:3812409051 1 tcp 1518214911 8f1f5c1a-0001-4d5e-9b3c-6a1a2b3c4d5e.local 9 typ host tcptype active
${TRANSPORT}
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
a=sendrecv
a=msid:stream-a track-audio
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:0 PCMU/8000
a=ssrc:1001 cname:cname-a
m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103
c=IN IP4 0.0.0.0
b=AS:2500
b=TIAS:2000000
a=rtcp:9 IN IP4 0.0.0.0
${TRANSPORT}
a=mid:1
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid
a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
a=sendonly
a=msid:stream-a track-video
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 goog-remb
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:102 H264/90000
a=rtcp-fb:102 nack pli
a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
a=rtpmap:103 rtx/90000
a=fmtp:103 apt=102
a=rid:hi send
a=rid:lo send max-width=320
a=simulcast:send hi;~lo
a=ssrc-group:FID 2001 2002
a=ssrc:2001 cname:cname-a
a=ssrc:2002 cname:cname-a
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
${TRANSPORT}
a=mid:2
a=sctp-port:5000
a=max-message-size:262144
`)

/** The text with CRLF at the end of each line, as descriptions have it. */
export function lines(text: string): string {
  return text.replaceAll('\n', '\r\n')
}

/** One replacement that has to happen, or the test tests nothing. */
export function mutate(sdp: string, from: string, to: string): string {
  const mutated = sdp.replace(lines(from), () => lines(to))
  if (mutated === sdp) throw new Error(`not in the description: ${from}`)
  return mutated
}

/** The number, from 1, of the `nth` line that starts with the text. */
export function lineOf(sdp: string, start: string, nth = 1): number {
  const numbers = sdp.split('\r\n').flatMap((line, index) => (line.startsWith(start) ? [index + 1] : []))
  const number = numbers[nth - 1]
  if (number === undefined) throw new Error(`no line starts with: ${start}`)
  return number
}
