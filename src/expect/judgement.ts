/** What an expression came to: it holds, it does not, or what it asks for was not measured (three-valued logic). */
export interface Judgement {
  verdict: 'holds' | 'fails' | 'unknown'
  /** The measured values for people; null where there are none. */
  value: string | null
  /** The fact the verdict rests on: `path is direct`. */
  fact: string
}

/** Fails when one fails; unknown when one is unknown and none fails. The fact is that of those that decided. */
export function allOf(judgements: readonly Judgement[]): Judgement {
  return combine(judgements, ['fails', 'unknown', 'holds'])
}

/** Holds when one holds; unknown when one is unknown and none holds. */
export function anyOf(judgements: readonly Judgement[]): Judgement {
  return combine(judgements, ['holds', 'unknown', 'fails'])
}

/** What is unknown stays unknown: its opposite was not measured either. */
export function opposite(judgement: Judgement): Judgement {
  const { verdict } = judgement
  if (verdict === 'unknown') return judgement
  return { ...judgement, verdict: verdict === 'holds' ? 'fails' : 'holds' }
}

function combine(
  judgements: readonly Judgement[],
  strongestFirst: readonly Judgement['verdict'][],
): Judgement {
  const verdict =
    strongestFirst.find((known) => judgements.some((judgement) => judgement.verdict === known)) ?? 'unknown'
  const decisive = judgements.filter((judgement) => judgement.verdict === verdict)
  const values = judgements.flatMap(({ value }) => (value === null ? [] : [value]))
  return {
    verdict,
    value: values.length === 0 ? null : values.join(', '),
    fact: decisive.map(({ fact }) => fact).join('; '),
  }
}
