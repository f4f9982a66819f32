/** Negotiated channel ids from here up to libwebrtc's last (1023) are the tool's own; users have those below. */
export const FIRST_RESERVED_CHANNEL_ID = 1000

/** Who has which; the same on both sides, so that no channel needs a handshake. */
export const CHANNEL_IDS = {
  benchProbes: 1014,
  bench: 1015,
  returnProbe: 1016,
  transferProbe: 1017,
  returnData: 1018,
  returnTransfer: 1019,
  traffic: 1020,
  transferData: 1021,
  transfer: 1022,
  control: 1023,
} as const
