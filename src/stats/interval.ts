/** Milliseconds; sampling more often would measure libwebrtc's own cache of getStats reports. */
export const MIN_STATS_INTERVAL_MS = 100
