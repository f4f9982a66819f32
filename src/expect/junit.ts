import type { ExpectationResult } from './recorder.js'

export interface RunReport {
  /** What was run, such as `webrtc-cli offer`. */
  name: string
  durationMs: number
  /** Why the run itself failed; null where it did not. */
  failure: string | null
}

/** The results as a JUnit XML document: one test suite for the run, one test case for each expectation. */
export function formatJunit(
  results: readonly ExpectationResult[],
  { name, durationMs, failure }: RunReport,
): string {
  const failures = results.filter(({ ok }) => !ok).length
  const counts = `tests="${results.length}" failures="${failures}" errors="0" skipped="0" time="${seconds(durationMs)}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="webrtc-cli" ${counts}>`,
    `  <testsuite name="${escapeXml(name)}" ${counts}>`,
    ...results.flatMap((result) => testCase(name, result)),
    ...(failure === null ? [] : [`    <system-err>${escapeXml(failure)}</system-err>`]),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function testCase(suite: string, { expression, ok, value, reason }: ExpectationResult): string[] {
  const start = `    <testcase classname="${escapeXml(suite)}" name="${escapeXml(expression)}" time="0"`
  if (ok)
    return [
      value === null ? `${start}/>` : `${start}><system-out>${escapeXml(value)}</system-out></testcase>`,
    ]
  const message = escapeXml(reason ?? 'it does not hold')
  return [
    `${start}>`,
    `      <failure type="expect" message="${message}">${message}</failure>`,
    '    </testcase>',
  ]
}

function seconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(3)
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** Text for XML 1.0, in an attribute too: what its `Char` does not have is left out, white space is one space. */
function escapeXml(text: string): string {
  return text
    .replaceAll(/\s/g, ' ')
    .replaceAll(/[\p{Cc}\p{Surrogate}\uFFFE\uFFFF]/gu, '')
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}
