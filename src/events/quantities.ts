import * as v from 'valibot'

/** What many events have in common. */

export const count = v.pipe(v.number(), v.integer(), v.minValue(0))
export const milliseconds = v.pipe(v.number(), v.minValue(0))
/** 0 to 1. */
export const ratio = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
export const mediaKind = v.picklist(['audio', 'video'])
