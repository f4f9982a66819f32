import { parseParameters } from './parse-sdp.js'
import { quote } from './quote.js'
import { attributesNamed, isRtp, type SdpMediaSection } from './sdp-document.js'
import type { LintedSdp, ReportFinding } from './sdp-finding.js'

const MAX_SSRC = 2 ** 32 - 1
const SSRC = /^(\d{1,10}) [^\s:]+(:.*)?$/
const SSRC_GROUP = /^\S+( \d{1,10})+ ?$/
const MSID = /^[!#$%&'*+\-.^`{|}~\w]{1,64}( [!#$%&'*+\-.^`{|}~\w]{1,64})?$/
/** RFC 8851 §10 has letters and digits; browsers take `-` and `_` too. */
const RID = /^([\w-]+) (send|recv)(?: (\S.*))?$/
const SIMULCAST = /^(send|recv) ([\w~;,-]+)(?: (send|recv) ([\w~;,-]+))?$/

/** Synchronisation sources, streams, restrictions (rid) and simulcast. */
export function lintStreams({ media }: LintedSdp, report: ReportFinding): void {
  for (const section of media) {
    if (!isRtp(section)) continue
    lintSsrcs(section, report)
    lintMsids(section, report)
    lintSimulcast(section, lintRids(section, report), report)
  }
}

function lintSsrcs(section: SdpMediaSection, report: ReportFinding): void {
  const known = new Set<number>()
  for (const { value, line } of attributesNamed(section, 'ssrc')) {
    const ssrc = Number(SSRC.exec(value ?? '')?.[1])
    if (ssrc <= MAX_SSRC) known.add(ssrc)
    else report('ssrc-form', line, `Expected "a=ssrc:NUMBER ATTRIBUTE:VALUE", got ${quote(value ?? '')}.`)
  }
  for (const { value, line } of attributesNamed(section, 'ssrc-group')) {
    if (!SSRC_GROUP.test(value ?? '')) {
      report('ssrc-group-form', line, `Expected "a=ssrc-group:FID NUMBER...", got ${quote(value ?? '')}.`)
      continue
    }
    const [, ...members] = (value ?? '').trim().split(' ')
    const unknown = members.find((member) => !known.has(Number(member)))
    if (unknown !== undefined) report('ssrc-group-unknown', line, `No "a=ssrc" line describes ${unknown}.`)
  }
}

function lintMsids(section: SdpMediaSection, report: ReportFinding): void {
  for (const { value, line } of attributesNamed(section, 'msid')) {
    if (!MSID.test(value ?? '')) {
      report(
        'msid-form',
        line,
        `Expected "a=msid:STREAM TRACK" of at most 64 characters each, got ${quote(value ?? '')}.`,
      )
    }
  }
}

type Rids = ReadonlyMap<string, string>

function lintRids(section: SdpMediaSection, report: ReportFinding): Rids {
  const rids = new Map<string, string>()
  for (const { value, line } of attributesNamed(section, 'rid')) {
    const [matched, id = '', direction = '', restrictions = ''] = RID.exec(value ?? '') ?? []
    if (matched === undefined) {
      report('rid-form', line, `Expected "a=rid:ID send" or "recv", got ${quote(value ?? '')}.`)
      continue
    }
    if (rids.has(id)) report('rid-repeated', line, `The rid ${quote(id)} is there already.`)
    rids.set(id, direction)
    const { pt = '' } = parseParameters(restrictions)
    const unlisted = pt.split(',').find((format) => format !== '' && !section.formats.includes(format))
    if (unlisted !== undefined) {
      report(
        'rid-payload-type',
        line,
        `The rid ${quote(id)} names the payload type ${quote(unlisted)}, which is not in the "m=" line.`,
      )
    }
  }
  return rids
}

function lintSimulcast(section: SdpMediaSection, rids: Rids, report: ReportFinding): void {
  for (const { value, line } of attributesNamed(section, 'simulcast')) {
    const [matched, ...parts] = SIMULCAST.exec(value ?? '') ?? []
    const [direction = '', list = '', otherDirection, otherList = ''] = parts
    if (matched === undefined || direction === otherDirection) {
      report(
        'simulcast-form',
        line,
        `Expected "a=simulcast:send RID;RID" or "recv", got ${quote(value ?? '')}.`,
      )
      continue
    }
    lintSimulcastList(direction, list, rids, line, report)
    if (otherDirection !== undefined) lintSimulcastList(otherDirection, otherList, rids, line, report)
  }
}

function lintSimulcastList(
  direction: string,
  list: string,
  rids: Rids,
  line: number,
  report: ReportFinding,
): void {
  for (const rid of list.split(/[;,]/).map((id) => id.replace(/^~/, ''))) {
    if (rids.get(rid) === direction) continue
    report(
      'simulcast-unknown-rid',
      line,
      `Simulcast names ${quote(rid)}, but no "a=rid:${rid} ${direction}" is there.`,
    )
  }
}
