import type { CandidateSummary } from '../events.js'
import {
  formatAddress,
  formatBitrate,
  formatCount,
  formatDuration,
  formatPercent,
} from '../terminal/format.js'
import { html, jsonData, type Html } from './html.js'
import type { Line } from './merged-series.js'
import { collectPlots, type Plot } from './plot-data.js'
import type { ReportFacts } from './report-facts.js'
import {
  candidateTable,
  dataChannelTable,
  expectationTable,
  mediaTable,
  pairTable,
  plotTable,
  streamTable,
  transferTable,
  warningTable,
} from './tables.js'
import { drawTimeline } from './timeline.js'
import { judgeRun, type ReportOutcome, type Verdict } from './verdict.js'

/** What the page brings along, as it was built: it loads nothing. */
export interface PageAssets {
  script: string
  style: string
  /** SHA-256 of the two in base64, for the policy of the page. */
  scriptHash: string
  styleHash: string
  /** The licence of the library in the script. */
  notice: string
}

export interface PageOptions {
  /** `webrtc-cli offer` */
  name: string
  version: string
  outcome: ReportOutcome
  endedMs: number
  /** Masks addresses in what the run put into the page, where that was asked for. */
  redact: (text: string) => string
  assets: PageAssets
}

/** The whole report as one page that contacts nobody: what may run or style it is named by its hash. */
export function formatReport(facts: ReportFacts, options: PageOptions): string {
  const { redact, assets } = options
  const data = collectPlots(facts)
  const verdict = judgeRun(facts, options.outcome)
  // What was built stays as it was: a hash names it.
  return [
    '<!doctype html>\n<html lang="en">\n',
    redact(head(verdict, options).text),
    `<style>${assets.style}</style>\n`,
    redact(content(verdict, data.plots, facts, options).text),
    `\n<script type="application/json" id="plot-data">${redact(jsonData(data).text)}</script>\n`,
    `<script>${assets.script}</script>\n`,
    `</html>\n<!--\n${assets.notice.replaceAll('--', '- -')}\n-->\n`,
  ].join('')
}

function head({ headline }: Verdict, { name, version, assets }: PageOptions): Html {
  const policy = [
    "default-src 'none'",
    `script-src 'sha256-${assets.scriptHash}'`,
    `style-src 'sha256-${assets.styleHash}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  return html`<meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${policy}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <meta name="generator" content="webrtc-cli ${version}" />
    <title>${headline} - ${name}</title>`
}

function content(verdict: Verdict, plots: readonly Plot[], facts: ReportFacts, options: PageOptions): Html {
  return html`<main>
    ${header(facts, options)} ${verdictSection(verdict, facts, options)} ${pathSection(facts)}
    ${section('How it came up', [drawTimeline(facts.setUp, facts.connectedMs)])}
    ${section('Expectations', [expectationTable(facts)])} ${plotSection(plots)}
    ${section('Streams and channels', [streamTable(facts), mediaTable(facts), dataChannelTable(facts), transferTable(facts)])}
    ${section('Warnings', [warningTable(facts)])}
    ${section('Candidates and pairs', [candidateTable(facts), pairTable(facts)])} ${impairmentSection(facts)}
    ${configurationSection(facts)}
    <footer>
      Made by webrtc-cli ${options.version}. This page is whole in itself and contacts nobody. Times are in
      UTC.
    </footer>
  </main>`
}

function header({ peerName, startedMs }: ReportFacts, { name, endedMs }: PageOptions): Html {
  const started = new Date(startedMs).toISOString()
  const peer = peerName === null ? null : html` with <bdi>${peerName}</bdi>`
  return html`<header>
    <p class="what"><code>${name}</code>${peer}</p>
    <p class="when">
      <time datetime="${started}">${started.slice(0, 19).replace('T', ' ')}</time>,
      ${formatDuration(endedMs - startedMs)}
    </p>
  </header>`
}

/** A shape for each tone, so that the verdict does not hang on colour. */
const SHAPES: Readonly<Record<Verdict['tone'], Html>> = {
  good: html`<path d="M5 12.5l4.5 4.5L19 7.5" />`,
  attention: html`<path d="M12 4v10M12 18.5v.5" />`,
  bad: html`<path d="M6 6l12 12M18 6L6 18" />`,
}

function verdictSection(
  { tone, headline, reasons }: Verdict,
  facts: ReportFacts,
  { outcome }: PageOptions,
): Html {
  const { last, connectElapsedMs } = facts
  const losses = (last?.streams ?? []).flatMap(({ totalLossRatio }) => totalLossRatio ?? [])
  const figures: [string, string][] = [
    ['Connected after', formatDuration(connectElapsedMs)],
    ['Round trip, mean', formatDuration(meanOf(facts.plots.get('rtt')?.lines().get('round trip')))],
    ['Sent, mean', formatBitrate(meanOf(facts.plots.get('bitrate')?.lines().get('sent')))],
    ['Received, mean', formatBitrate(meanOf(facts.plots.get('bitrate')?.lines().get('received')))],
    ...(losses.length === 0
      ? []
      : [['Worst stream loss', formatPercent(Math.max(...losses))] satisfies [string, string]]),
    ['Exit code', String(outcome.exitCode)],
  ]
  return html`<section class="verdict ${tone}">
    <svg class="sign" viewBox="0 0 24 24" aria-hidden="true">${SHAPES[tone]}</svg>
    <div>
      <h1>${headline}</h1>
      ${reasons.map((reason) => html`<p>${reason}</p>`)}
    </div>
    <dl>
      ${figures.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </section>`
}

function meanOf(line: Line | undefined): number | null {
  const known = (line?.mean ?? []).filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length
}

function pathSection({ path, peerName }: ReportFacts): Html | null {
  if (path === null) return null
  const { local, remote, protocol } = path
  const relay = (end: CandidateSummary) =>
    end.type === 'relay'
      ? html`<li class="hop relay">
          <b>TURN relay</b><code>${end.url ?? formatAddress(end.address, end.port)}</code>
        </li>`
      : null
  return section('Path', [
    html`<ol class="path">
      <li class="hop"><b>This side</b>${endOf(local)}</li>
      ${relay(local)}
      <li class="link">${(protocol ?? '').toUpperCase()}</li>
      ${relay(remote)}
      <li class="hop">
        <b><bdi>${peerName ?? 'Peer'}</bdi></b
        >${endOf(remote)}
      </li>
    </ol>`,
  ])
}

function endOf({ type, address, port }: CandidateSummary): Html {
  return html`<span>${type}</span><code>${formatAddress(address, port)}</code>`
}

function plotSection(plots: readonly Plot[]): Html | null {
  return section(
    'Over time',
    plots.map(
      (plot, index) =>
        html`<figure>
          <figcaption>${plot.title}</figcaption>
          <div class="plot" data-plot="${index}"></div>
          ${plot.leftOut === 0 ? null : html`<p class="more">and ${formatCount(plot.leftOut, 'line')} more</p>`}
          <details class="figures">
            <summary>Figures</summary>
            ${plotTable(plot)}
          </details>
        </figure>`,
    ),
  )
}

function impairmentSection({ impairment }: ReportFacts): Html | null {
  if (impairment === null) return null
  const { delayMs, jitterMs, lossRatio, rate, outgoing, incoming } = impairment
  const asked = `${formatDuration(delayMs)} of delay one way, ${formatDuration(jitterMs)} of jitter, ${formatPercent(lossRatio)} of loss, ${rate === null ? 'no bottleneck' : `a bottleneck of ${formatBitrate(rate)}`}`
  const became = ([way, counts]: [string, typeof outgoing]) =>
    `${way}: ${formatCount(counts.packets, 'packet')}, ${counts.lost} lost, ${counts.queueDropped} dropped by the queue`
  const ways = (
    [
      ['Outgoing', outgoing],
      ['incoming', incoming],
    ] satisfies [string, typeof outgoing][]
  ).map(became)
  return section('Impairment', [
    html`<p>This path was made worse on purpose (--impair): ${asked}. ${ways.join('; ')}.</p>`,
  ])
}

function configurationSection({ configuration }: ReportFacts): Html | null {
  if (configuration === null) return null
  return section('RTCConfiguration', [html`<pre>${JSON.stringify(configuration, null, 2)}</pre>`])
}

/** Null where there is nothing to show under the heading. */
function section(title: string, parts: readonly (Html | null)[]): Html | null {
  return parts.every((part) => part === null)
    ? null
    : html`<section>
        <h2>${title}</h2>
        ${parts}
      </section>`
}
