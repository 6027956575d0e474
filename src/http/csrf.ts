/**
 * The synchronizer token, for those who want one beside the origin check: an HMAC of the session ID, so it is bound to
 * the session, needs no storage and dies when the ID is rotated at login (CVE-2023-29020). Each copy is masked anew, so
 * that compression of the page gives nothing away (BREACH).
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

const BYTES = 32

export function makeCsrfToken(id: string): string {
  const mask = randomBytes(BYTES)
  return Buffer.concat([mask, xor(mask, secretOf(id))]).toString('base64url')
}

export function verifyCsrfToken(id: string, token: unknown): boolean {
  if (typeof token !== 'string' || token.length !== Math.ceil((BYTES * 2 * 4) / 3)) return false
  const bytes = Buffer.from(token, 'base64url')
  if (bytes.length !== BYTES * 2) return false
  return timingSafeEqual(xor(bytes.subarray(0, BYTES), bytes.subarray(BYTES)), secretOf(id))
}

function secretOf(id: string): Buffer {
  return createHmac('sha256', id).update('sojourn csrf token').digest()
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, i) => byte ^ (b[i] ?? 0)))
}
