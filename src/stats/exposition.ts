import type { Labels, Metric } from './metrics.js'

/** The content type of the text below. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * What the metrics are at this moment, in the text format of Prometheus, version 0.0.4. All are gauges: what a stack
 * counts begins anew with each stream.
 */
export function formatMetrics(metrics: readonly Metric[]): string {
  return metrics.map((metric) => formatMetric(metric)).join('')
}

function formatMetric(metric: Metric): string {
  const { name, help } = metric
  const values = metric.read()
  if (values.length === 0) return ''
  const samples = values.map(({ labels, value }) => `${name}${formatLabels(labels)} ${value}\n`)
  return `# HELP ${name} ${escaped(help)}\n# TYPE ${name} gauge\n${samples.join('')}`
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`,
  )
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}
