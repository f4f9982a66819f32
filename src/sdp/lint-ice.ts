import { isHostName, isIpv4, isIpv6 } from './address.js'
import { quote } from './quote.js'
import { attributesNamed, inheritedAttributes, type SdpAttribute, type SdpSection } from './sdp-document.js'
import type { LintedSdp, ReportFinding } from './sdp-finding.js'
import { transportSections } from './transport-sections.js'

const ICE_CHARACTERS = /^[A-Za-z0-9+/]*$/
const CREDENTIALS = [
  { name: 'ice-ufrag', min: 4, max: 256 },
  { name: 'ice-pwd', min: 22, max: 256 },
] as const

const CANDIDATE =
  /^([A-Za-z0-9+/]{1,32}) (\d{1,3}) ([A-Za-z0-9.-]+) (\d{1,10}) (\S+) (\d{1,5}) typ (host|srflx|prflx|relay|[\w-]+)((?: \S+ \S+)*) ?$/
const TYPES_WITH_BASE = ['srflx', 'prflx', 'relay']
const MAX_PRIORITY = 2 ** 31 - 1

/** ICE credentials and candidates. */
export function lintIce(sdp: LintedSdp, report: ReportFinding): void {
  for (const section of transportSections(sdp)) {
    for (const { name } of CREDENTIALS) {
      if (inheritedAttributes(section, sdp, name).length > 0) continue
      report(
        'ice-credentials-missing',
        section.line,
        `Neither the session nor this m-section has "a=${name}".`,
      )
    }
  }
  for (const section of [sdp.session, ...sdp.media]) {
    lintCredentials(section, report)
    for (const candidate of attributesNamed(section, 'candidate')) lintCandidate(candidate, report)
  }
  for (const section of sdp.media) {
    for (const { line } of attributesNamed(section, 'ice-lite')) {
      report('ice-lite-level', line, '"a=ice-lite" belongs to the session, before the first "m=".')
    }
  }
}

function lintCredentials(section: SdpSection, report: ReportFinding): void {
  for (const { name, min, max } of CREDENTIALS) {
    for (const { value, line } of attributesNamed(section, name)) {
      const length = value?.length ?? 0
      if (length < min || length > max) {
        report(name, line, `"a=${name}" has ${length} characters, it needs ${min} to ${max}.`)
      } else if (!ICE_CHARACTERS.test(value ?? '')) {
        report(name, line, `"a=${name}" may have letters, digits, "+" and "/" only.`)
      }
    }
  }
}

function lintCandidate({ value, line }: SdpAttribute, report: ReportFinding): void {
  const match = CANDIDATE.exec(value ?? '')
  if (match === null) {
    const expected = 'Expected "FOUNDATION COMPONENT PROTOCOL PRIORITY ADDRESS PORT typ TYPE"'
    report('candidate-form', line, `${expected}, got ${quote(value ?? '')}.`)
    return
  }
  const [, , component, , priority, address = '', port, type = '', extensions = ''] = match
  const problem = findCandidateProblem(Number(component), Number(priority), address, Number(port))
  if (problem !== undefined) report('candidate-form', line, problem)
  const hasBase = / raddr \S+ rport \d+/.test(extensions)
  if (TYPES_WITH_BASE.includes(type) && !hasBase) {
    report(
      'candidate-related',
      line,
      `A ${type} candidate says where it comes from with "raddr" and "rport".`,
    )
  }
}

function findCandidateProblem(
  component: number,
  priority: number,
  address: string,
  port: number,
): string | undefined {
  if (component < 1 || component > 256) return `The component is 1 to 256, not ${component}.`
  if (priority < 1 || priority > MAX_PRIORITY) return `The priority is 1 to 2147483647, not ${priority}.`
  if (port > 65_535) return `The port is at most 65535, not ${port}.`
  if (isIpv4(address) || isIpv6(address) || isHostName(address)) return undefined
  return `${quote(address)} is neither an IP address nor a host name.`
}
