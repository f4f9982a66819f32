import type { StatsSummary } from '../events.js'
import { CHANNEL_IDS } from '../session/channel-ids.js'
import { ofConnection, sampled, type Figure } from './figure.js'

/** All data channels together. */
export function dataFigures(): Figure[] {
  type Channel = StatsSummary['dataChannels'][number]
  const figure = (
    name: string,
    kind: 'bitrate' | 'bytes' | 'count' | 'number',
    from: string,
    describe: string,
    read: (channel: Channel) => number | null,
  ): Figure => ({
    name,
    kind,
    source: {
      // The tool's own pings are not the user's data.
      ...sampled(({ dataChannels }) => {
        const channels = dataChannels.filter(({ id }) => id !== CHANNEL_IDS.control)
        return channels.length === 0 ? [] : ofConnection(sumOf(channels.map(read)))
      }),
      aggregate: kind === 'bitrate' || kind === 'number' ? 'mean' : 'last',
    },
    from,
    describe,
    absent: 'no data channel was open when a sample was taken',
  })
  return [
    figure(
      'data.send',
      'bitrate',
      'data-channel.bytesSent',
      'sent on all data channels',
      ({ sendBitrate }) => sendBitrate,
    ),
    figure(
      'data.receive',
      'bitrate',
      'data-channel.bytesReceived',
      'received on all data channels',
      ({ receiveBitrate }) => receiveBitrate,
    ),
    figure(
      'data.messagesSent',
      'count',
      'data-channel.messagesSent',
      'messages sent on all data channels',
      ({ messagesSent }) => messagesSent,
    ),
    figure(
      'data.messagesReceived',
      'count',
      'data-channel.messagesReceived',
      'messages received on all data channels',
      ({ messagesReceived }) => messagesReceived,
    ),
    figure(
      'data.sendRate',
      'number',
      'data-channel.messagesSent',
      'messages sent per second',
      ({ messagesSentPerSecond }) => messagesSentPerSecond,
    ),
    figure(
      'data.receiveRate',
      'number',
      'data-channel.messagesReceived',
      'messages received per second',
      ({ messagesReceivedPerSecond }) => messagesReceivedPerSecond,
    ),
    figure(
      'data.bytesSent',
      'bytes',
      'data-channel.bytesSent',
      'payload sent, in the end',
      ({ bytesSent }) => bytesSent,
    ),
    figure(
      'data.bytesReceived',
      'bytes',
      'data-channel.bytesReceived',
      'payload received, in the end',
      ({ bytesReceived }) => bytesReceived,
    ),
  ]
}

/** Null where one of them is: a sum without it would be too small. */
function sumOf(values: readonly (number | null)[]): number | null {
  return values.reduce((sum, value) => (sum === null || value === null ? null : sum + value), 0)
}
