/**
 * How a picture of one shape fills another: all of it with black bars, cut off at two sides, or pulled out of shape.
 * The words are those of CSS `object-fit`.
 */
export const FITS = ['contain', 'cover', 'stretch'] as const
export type Fit = (typeof FITS)[number]
