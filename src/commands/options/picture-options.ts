import type { ArgumentsCamelCase, InferredOptionTypes, Options } from 'yargs'
import { createBarcodeStage } from '../../media/barcode/draw-barcode.js'
import type { FilterFunction } from '../../media/filter/filter-function.js'
import { createFrameFilter } from '../../media/filter/frame-filter.js'
import { parseFilterList } from '../../media/filter/parse-filter.js'
import type { VideoStage } from '../../media/ports.js'
import { flag, rare, values } from './options.js'

/** What is done to the pictures that are sent. */
export const PICTURE_OPTIONS = {
  filter: values('CSS filters for what is sent, such as grayscale(1); repeatable'),
  'no-barcode': rare(flag('Synthetic video without the barcode that proves what arrived')),
} satisfies Record<string, Options>

/** What is done to those that arrive. */
export const RECEIVED_PICTURE_OPTIONS = {
  'receive-filter': rare(values('CSS filters for what is recorded and shown; repeatable')),
} satisfies Record<string, Options>

export type PictureArgs = Partial<ArgumentsCamelCase<InferredOptionTypes<typeof PICTURE_OPTIONS>>>
export type ReceivedPictureArgs = Partial<
  ArgumentsCamelCase<InferredOptionTypes<typeof RECEIVED_PICTURE_OPTIONS>>
>

/** The filters of one option, those of every repetition one after the other; throws USAGE. */
export function readFilters(given: readonly string[] | undefined, option: string): FilterFunction[] {
  return (given ?? []).flatMap((text) => parseFilterList(text, option))
}

/** What comes between a source and its track: the filters, then the barcode, which nothing may change any more. */
export function createVideoStages(filters: readonly FilterFunction[], isMarked: boolean): VideoStage[] {
  return [
    ...(filters.length > 0 ? [createFrameFilter(filters)] : []),
    ...(isMarked ? [createBarcodeStage()] : []),
  ]
}

/** Those filters in one line. */
export function filterText(given: readonly string[] | undefined): string {
  return (given ?? []).filter((text) => text.trim().toLowerCase() !== 'none').join(' ')
}
