import { delay } from '../async/delay.js'
import type { ReportEvent } from '../events.js'
import { backoffMs } from './backoff.js'
import type { OpenSignalingChannel } from './channel.js'
import { enterRoom, wasRefused, type EnteredRoom, type JoinRoomRequest } from './enter-room.js'
import type { Room } from './room.js'
import { SignalingRoom, type Enter } from './signaling-room.js'

/** A server started beside us by the same script or person needs this long at most to listen. */
const FIRST_CONNECT_MS = 2_000
const FIRST_CONNECT_BACKOFF_MS = 100

export interface JoinRoomOptions {
  /** Ends the joining only; a joined room lives until it is disposed. */
  signal?: AbortSignal
  /** Gets a `warning` for each error of the server that ends nothing. Everything else is a RoomEvent. */
  onEvent?: ReportEvent
}

/** Enters a room, waiting up to 2 s for a server that is still starting; rejects with ROOM_FULL when it is full. */
export async function joinRoom(
  open: OpenSignalingChannel,
  request: JoinRoomRequest,
  { signal, onEvent }: JoinRoomOptions = {},
): Promise<Room> {
  const lifetime = new AbortController()
  const enter: Enter = (signal) => enterRoom(open, request, { signal, lifetime: lifetime.signal })
  const entered = await enterOnceItListens(enter, signal ?? lifetime.signal)
  return new SignalingRoom(request.room, entered, { enter, lifetime, onEvent })
}

async function enterOnceItListens(enter: Enter, signal: AbortSignal): Promise<EnteredRoom> {
  const giveUpAt = performance.now() + FIRST_CONNECT_MS
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await enter(signal)
    } catch (error) {
      const leftMs = giveUpAt - performance.now()
      if (!wasRefused(error) || leftMs <= 0) throw error
      await delay(Math.min(leftMs, backoffMs(attempt, FIRST_CONNECT_BACKOFF_MS, FIRST_CONNECT_MS)), {
        signal,
      })
    }
  }
}
