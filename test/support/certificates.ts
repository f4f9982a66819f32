import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface IssuedCertificate {
  /** PEM files. */
  ca: string
  certificate: string
  key: string
}

/** A private authority and what it signed for some addresses or names (`IP:192.0.2.1`, `DNS:turn.test`); needs openssl. */
export async function issueCertificate(
  directory: string,
  names: readonly string[],
): Promise<IssuedCertificate> {
  const path = (name: string) => join(directory, name)
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30']
  const authority = ['-subj', '/CN=Private Test CA', '-keyout', path('ca.key'), '-out', path('ca.pem')]
  openssl(['req', '-x509', ...curve, ...authority])
  openssl([
    'req',
    ...curve.slice(0, 5),
    '-subj',
    '/CN=turn.test',
    '-keyout',
    path('turn.key'),
    '-out',
    path('turn.csr'),
  ])
  await writeFile(path('names'), `subjectAltName=${names.join(',')}`)
  const signing = ['-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial', '-days', '30']
  openssl([
    'x509',
    '-req',
    '-in',
    path('turn.csr'),
    ...signing,
    '-extfile',
    path('names'),
    '-out',
    path('turn.pem'),
  ])
  return { ca: path('ca.pem'), certificate: path('turn.pem'), key: path('turn.key') }
}

function openssl(args: readonly string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`openssl ${args.join(' ')} failed: ${stderr}`)
}
