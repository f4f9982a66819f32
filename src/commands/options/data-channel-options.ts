import { PeerError } from '../../errors.js'
import { CHAT_CHANNEL } from '../../chat/chat-message.js'
import type { ChannelKind } from '../../events/bench.js'
import type { DataChannelArgs } from './options.js'

export type DeliveryArgs = Partial<
  Pick<DataChannelArgs, 'ordered' | 'unordered' | 'maxRetransmits' | 'maxPacketLifeTime'>
>

export interface ChatChannelPlan {
  label: string
  init: RTCDataChannelInit
}

/** Reads how a channel is to deliver; throws USAGE where the options exclude each other. */
export function readDelivery(args: DeliveryArgs): ChannelKind {
  if (args.ordered && args.unordered)
    throw new PeerError('USAGE', '--ordered and --unordered exclude each other.')
  if (args.maxRetransmits !== undefined && args.maxPacketLifeTime !== undefined) {
    throw new PeerError('USAGE', '--max-retransmits and --max-packet-life-time exclude each other.', {
      hint: 'A channel is limited by resends or by time (W3C webrtc, createDataChannel).',
    })
  }
  const { maxRetransmits = null, maxPacketLifeTime = null } = args
  return { ordered: !args.unordered, maxRetransmits, maxPacketLifeTime }
}

/** Reads the data channel options into what createDataChannel takes; throws USAGE where they exclude each other. */
export function readDataChannelOptions(args: DataChannelArgs): ChatChannelPlan {
  const { ordered, maxRetransmits, maxPacketLifeTime } = readDelivery(args)
  const { negotiatedId } = args
  return {
    label: args.label ?? CHAT_CHANNEL.label,
    init: {
      ordered,
      protocol: args.protocol ?? CHAT_CHANNEL.protocol,
      ...(maxRetransmits === null ? {} : { maxRetransmits }),
      ...(maxPacketLifeTime === null ? {} : { maxPacketLifeTime }),
      ...(negotiatedId === undefined ? {} : { negotiated: true, id: negotiatedId }),
    },
  }
}
