import { AUDIO, gauge, INBOUND_AUDIO, total, type StreamFigure } from './stream-figure.js'

/** How the sound of an audio stream fares. */
export const SOUND_FIGURES: readonly StreamFigure[] = [
  gauge('audioLevel', 'number', 'audioLevel', '0 to 1', ({ audioLevel }) => audioLevel, AUDIO),
  gauge(
    'audioLevelRms',
    'number',
    'totalAudioEnergy',
    'root mean square of the interval, 0 to 1',
    ({ audioLevelRms }) => audioLevelRms,
    AUDIO,
  ),
  gauge(
    'concealment',
    'ratio',
    'concealedSamples',
    'share of the sound that was made up',
    ({ concealmentRatio }) => concealmentRatio,
    INBOUND_AUDIO,
  ),
  total(
    'concealments',
    'count',
    'concealmentEvents',
    'how often that happened',
    ({ concealmentEvents }) => concealmentEvents,
    INBOUND_AUDIO,
  ),
]
