import { PeerError } from '../errors.js'
import { CHAT_CHANNEL } from '../chat/chat-message.js'
import type { DataChannelArgs } from './options.js'

export interface ChatChannelPlan {
  label: string
  init: RTCDataChannelInit
}

/** Reads the data channel options into what createDataChannel takes; throws USAGE where they exclude each other. */
export function readDataChannelOptions(args: DataChannelArgs): ChatChannelPlan {
  if (args.ordered && args.unordered)
    throw new PeerError('USAGE', '--ordered and --unordered exclude each other.')
  if (args.maxRetransmits !== undefined && args.maxPacketLifeTime !== undefined) {
    throw new PeerError('USAGE', '--max-retransmits and --max-packet-life-time exclude each other.', {
      hint: 'A channel is limited by resends or by time (W3C webrtc, createDataChannel).',
    })
  }
  const { maxRetransmits, maxPacketLifeTime, negotiatedId } = args
  return {
    label: args.label ?? CHAT_CHANNEL.label,
    init: {
      ordered: !args.unordered,
      protocol: args.protocol ?? CHAT_CHANNEL.protocol,
      ...(maxRetransmits === undefined ? {} : { maxRetransmits }),
      ...(maxPacketLifeTime === undefined ? {} : { maxPacketLifeTime }),
      ...(negotiatedId === undefined ? {} : { negotiated: true, id: negotiatedId }),
    },
  }
}
