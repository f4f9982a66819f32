import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createPeerConnection } from '../../src/adapters/wrtc/index.js'
import { createSha256 } from '../../src/adapters/files/sha256.js'
import { openSourceTree } from '../../src/adapters/files/source-tree.js'
import { openTargetTree } from '../../src/adapters/files/target-tree.js'
import { DEFAULT_CANDIDATE_POLICY } from '../../src/session/candidate.js'
import { receiveTransfer } from '../../src/transfer/receive-transfer.js'
import { sendTransfer } from '../../src/transfer/send-transfer.js'
import { createTransferChannels, type TransferChannels } from '../../src/transfer/transfer-channels.js'
import { temporaryDirectory } from '../support/files.js'
import { openSessionPair } from '../support/session-pair.js'
import { createTroubledConnections, type Trouble } from '../support/troubled-connection.js'

const FILE_BYTES = 32 * 1024 * 1024

/** When several associations carry the file. */
const TROUBLED_AFTER_BYTES = 6 * 1024 * 1024

/** What may go out twice because one association is lost. */
const MAX_REPEATED_BYTES = 4 * 1024 * 1024

/** Frames have headers. */
const OVERHEAD = 1.01

const shared = { configuration: { iceServers: [] }, candidatePolicy: DEFAULT_CANDIDATE_POLICY, limit: 64 }

describe('a transfer of which one association', () => {
  it.each<[Trouble, 'tcp' | 'udp']>([
    ['closed', 'tcp'],
    ['frozen', 'tcp'],
    ['starved', 'tcp'],
    ['closed', 'udp'],
    ['frozen', 'udp'],
    ['starved', 'udp'],
  ])(
    'is %s in the middle (%s) arrives, and little goes out twice',
    { timeout: 60_000 },
    async (kind, transport) => {
      const directory = await temporaryDirectory()
      const content = randomBytes(FILE_BYTES)
      await writeFile(join(directory, 'source.bin'), content)
      await using source = await openSourceTree([join(directory, 'source.bin')])
      const channels: Partial<Record<'offerer' | 'answerer', TransferChannels>> = {}
      await using pair = await openSessionPair({
        setUp: (connection, side) => {
          channels[side] = createTransferChannels(connection)
        },
      })
      const { offerer, answerer } = channels
      if (!offerer || !answerer) throw new Error('channels were not set up')
      const connections = createTroubledConnections()
      const tcp = transport === 'tcp'
      let troubled = false
      const [sent, received] = await Promise.allSettled([
        sendTransfer(offerer, source, {
          createHash: createSha256,
          associations: 'auto',
          connection: { ...shared, tcp, createPeerConnection: connections.createPeerConnection },
          onEvent: (event) => {
            if (troubled || event.event !== 'transfer-progress') return
            if (connections.sentBytes < TROUBLED_AFTER_BYTES) return
            troubled = true
            void connections.trouble(kind)
          },
        }),
        receiveTransfer(answerer, {
          createHash: createSha256,
          target: openTargetTree(join(directory, 'target.bin')),
          accept: () => Promise.resolve(true),
          connection: { ...shared, tcp, createPeerConnection },
        }),
      ])
      expect([sent, received]).toMatchObject([{ status: 'fulfilled' }, { status: 'fulfilled' }])
      expect(troubled).toBe(true)
      expect(pair.offerer.signal.aborted).toBe(false)
      expect((await readFile(join(directory, 'target.bin'))).equals(content)).toBe(true)
      expect(connections.sentBytes).toBeLessThan(FILE_BYTES * OVERHEAD + MAX_REPEATED_BYTES)
    },
  )
})
