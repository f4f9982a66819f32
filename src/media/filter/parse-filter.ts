import { faultAt } from '../../errors.js'
import { parseCssColour } from './css-colour.js'
import { FILTER_FUNCTIONS, type ColourFunctionName, type FilterFunction } from './filter-function.js'

/** Pixels; beyond it every picture that can be sent is one even grey. */
const MAX_LENGTH = 4096

/** A list that costs more than this to apply is a mistake; this many colour functions are still one pass. */
const MAX_FUNCTIONS = 32

/** Degrees in one of each unit (CSS Values and Units Level 4 §7.1). */
const ANGLE_UNITS: Readonly<Record<string, number>> = { deg: 1, grad: 0.9, rad: 180 / Math.PI, turn: 360 }

/** These saturate at 100 %; more changes nothing. */
const UP_TO_ONE: readonly string[] = ['grayscale', 'sepia', 'invert', 'opacity']

/**
 * Reads a CSS filter list, `grayscale(50%) blur(2px)`, or `none`, as in Filter Effects Module Level 1 §6. Lengths are
 * in px and mean pixels of the frame. Throws USAGE with a caret under what is wrong; `option` is who is to blame.
 */
export function parseFilterList(source: string, option: string): FilterFunction[] {
  const filters: FilterFunction[] = []
  if (source.trim().toLowerCase() === 'none') return filters
  const names = /\s*(?:([a-z-]+)(\()?)?/giy
  for (;;) {
    const match = names.exec(source)
    const start = names.lastIndex - (match?.[0].trimStart().length ?? 0)
    const [, name, open] = match ?? []
    const fault = (at: number, sentence: string) => faultAt(option, source, at, sentence)
    if (name === undefined) {
      if (start < source.length) throw fault(start, `a filter function must be here, such as blur(2px)`)
      if (filters.length === 0) throw fault(start, 'a list of filter functions must not be empty')
      return filters
    }
    const known = FILTER_FUNCTIONS.find((candidate) => candidate === name.toLowerCase())
    if (known === undefined)
      throw fault(start, `"${name}" is no filter function; there are ${FILTER_FUNCTIONS.join(', ')}`)
    if (open === undefined) throw fault(start + name.length, `${known} must be followed by "("`)
    const end = closingParenthesis(source, names.lastIndex)
    if (end === undefined) throw fault(source.length, `${known}( must be closed by ")"`)
    if (filters.length === MAX_FUNCTIONS)
      throw fault(start, `a list must have at most ${MAX_FUNCTIONS} functions`)
    const words = wordsOf(source, names.lastIndex, end)
    filters.push(readFunction(known, { words, end, fault }))
    names.lastIndex = end + 1
  }
}

interface Word {
  text: string
  at: number
}

interface Arguments {
  words: readonly Word[]
  /** Where the closing parenthesis is. */
  end: number
  fault: (at: number, sentence: string) => Error
}

/** The position of the parenthesis that closes the one before `from`. */
function closingParenthesis(source: string, from: number): number | undefined {
  let depth = 1
  for (let at = from; at < source.length; at++) {
    if (source[at] === '(') depth++
    if (source[at] === ')' && --depth === 0) return at
  }
  return undefined
}

/** The words of `source` from `start` to `end`; what stands in parentheses belongs to its word. */
function wordsOf(source: string, start: number, end: number): Word[] {
  return Array.from(
    source.slice(start, end).matchAll(/(?:[^\s()]|\([^()]*\))+|[()]/g),
    ({ 0: text, index }) => ({
      text,
      at: start + index,
    }),
  )
}

function readFunction(name: FilterFunction['name'], args: Arguments): FilterFunction {
  switch (name) {
    case 'blur':
      return { name, deviation: readOnly(args, 0, (word) => readDeviation(word, args, name)) }
    case 'hue-rotate':
      return { name, degrees: readOnly(args, 0, (word) => readAngle(word, args)) }
    case 'drop-shadow':
      return readDropShadow(args)
    case 'brightness':
    case 'contrast':
    case 'grayscale':
    case 'invert':
    case 'opacity':
    case 'saturate':
    case 'sepia':
      return { name, amount: readOnly(args, 1, (word) => readAmount(word, args, name)) }
    default:
      return name satisfies never
  }
}

/** The one argument, or what its absence means. */
function readOnly({ words, fault }: Arguments, absent: number, read: (word: Word) => number): number {
  const [word, surplus] = words
  if (surplus) throw fault(surplus.at, `there must be one value here, and "${surplus.text}" is another one`)
  return word ? read(word) : absent
}

function readAmount({ text, at }: Word, { fault }: Arguments, name: ColourFunctionName | 'opacity'): number {
  const [number, unit] = readNumber(text)
  if (number === undefined || (unit !== '' && unit !== '%'))
    throw fault(at, `${name} takes a number or a percentage, not "${text}"`)
  if (number < 0) throw fault(at, `${name} must not be negative`)
  const amount = unit === '%' ? number / 100 : number
  return UP_TO_ONE.includes(name) ? Math.min(1, amount) : amount
}

function readAngle({ text, at }: Word, { fault }: Arguments): number {
  const [number, unit] = readNumber(text)
  const factor = Object.hasOwn(ANGLE_UNITS, unit) ? ANGLE_UNITS[unit] : undefined
  if (number === 0 && unit === '') return 0
  if (number === undefined || factor === undefined)
    throw fault(at, `hue-rotate takes an angle in deg, grad, rad or turn, not "${text}"`)
  return number * factor
}

function readDeviation(word: Word, args: Arguments, name: string): number {
  const length = readLength(word)
  if (length === undefined) throw args.fault(word.at, `${name} takes a length in px, not "${word.text}"`)
  if (length < 0) throw args.fault(word.at, `the blur of ${name} must not be negative`)
  if (length > MAX_LENGTH) throw args.fault(word.at, `a length must be at most ${MAX_LENGTH}px`)
  return length
}

/** `drop-shadow(<color>? && <length>{2,3})`: the colour comes first or last. */
function readDropShadow(args: Arguments): FilterFunction {
  const { words, end, fault } = args
  const [first, last] = [words[0], words.at(-1)]
  const isLength = (word: Word) => readLength(word) !== undefined
  const colourWord = first && !isLength(first) ? first : last && !isLength(last) ? last : undefined
  const lengths = words.filter((word) => word !== colourWord)
  const stranger = lengths.find((word) => !isLength(word))
  if (stranger)
    throw fault(stranger.at, `drop-shadow takes lengths in px and one colour, not "${stranger.text}"`)
  const colour = colourWord ? parseCssColour(colourWord.text) : parseCssColour('black')
  if (colour === undefined)
    throw fault(colourWord?.at ?? end, `"${colourWord?.text}" is no colour known here; write it as #rrggbb`)
  const [x, y, blur, surplus] = lengths
  if (!x || !y) throw fault(end, 'drop-shadow takes two lengths, or three with the blur')
  if (surplus) throw fault(surplus.at, 'drop-shadow takes three lengths at most')
  for (const word of [x, y]) {
    if (Math.abs(readLength(word) ?? 0) > MAX_LENGTH)
      throw fault(word.at, `a length must be at most ${MAX_LENGTH}px`)
  }
  return {
    name: 'drop-shadow',
    offsetX: readLength(x) ?? 0,
    offsetY: readLength(y) ?? 0,
    deviation: blur ? readDeviation(blur, args, 'drop-shadow') : 0,
    colour,
  }
}

/** Pixels; undefined for what is no length in px. Nothing is 0 without a unit too. */
function readLength({ text }: Word): number | undefined {
  const [number, unit] = readNumber(text)
  return unit === 'px' || (number === 0 && unit === '') ? number : undefined
}

function readNumber(text: string): [number: number | undefined, unit: string] {
  const [, number, unit = ''] = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(%|[a-z]*)$/i.exec(text) ?? []
  const value = Number(number)
  return number === undefined || !Number.isFinite(value) ? [undefined, ''] : [value, unit.toLowerCase()]
}
