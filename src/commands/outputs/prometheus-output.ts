import { openMetricsServer } from '../../adapters/metrics/metrics-server.js'
import type { StatsSummary } from '../../events.js'
import { describeMetrics } from '../../stats/metrics.js'
import type { ExportArgs } from '../options/export-options.js'
import type { RunOutput, RunOutputPlace } from './run-output.js'

/** Nobody but this machine is asked for, unless an address is given. */
const DEFAULT_HOST = '127.0.0.1'

/** `--prometheus`: the newest sample for whoever asks; says where in an event, because the port may be any. */
export async function openPrometheusOutput(
  { prometheus, prometheusHost }: ExportArgs,
  { feed, context }: RunOutputPlace,
): Promise<RunOutput | undefined> {
  if (prometheus === undefined) return undefined
  let newest: StatsSummary | undefined
  const server = await openMetricsServer({
    host: prometheusHost ?? DEFAULT_HOST,
    port: prometheus,
    metrics: describeMetrics(() => newest),
  })
  feed.subscribe(({ summary }) => {
    newest = summary
  })
  context.report({ event: 'metrics', url: server.url })
  return server
}
