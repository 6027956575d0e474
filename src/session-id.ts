/**
 * The session ID: 32 random bytes as base64url without padding, 43 characters, in every language
 * that follows Redis's session guides. The ID is a ticket: whoever holds it is the visitor. What
 * may be seen by others is its handle.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto'

const ID_BYTES = 32
const ID_LENGTH = 43

/** The 43rd character carries 4 bits, so its 2 lowest bits are zero in every ID that was ever minted. */
const LAST_CHARACTERS = 'AEIMQUYcgkosw048'

/** Mints an ID from the system's CSPRNG: 256 bits (OWASP ASVS 5.0 V7.2.3). */
export function mintSessionId(): string {
  return randomBytes(ID_BYTES).toString('base64url')
}

/** Whether `value` has the shape of an ID that could have been minted. Linear, no regular expression: this is on every request. */
export function isSessionId(value: unknown): value is string {
  if (typeof value !== 'string' || value.length !== ID_LENGTH) return false
  for (let i = 0; i < ID_LENGTH; i++) {
    if (!isBase64Url(value.charCodeAt(i))) return false
  }
  return LAST_CHARACTERS.includes(value.charAt(ID_LENGTH - 1))
}

function isBase64Url(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) || // a-z
    (code >= 0x41 && code <= 0x5a) || // A-Z
    (code >= 0x30 && code <= 0x39) || // 0-9
    code === 0x2d || // -
    code === 0x5f // _
  )
}

/** The session's public name, SHA-256 of the ID as base64url: for lists, logs and operators. It opens nothing. */
export function sessionHandle(id: string): string {
  return createHash('sha256').update(id).digest('base64url')
}

/**
 * Writes the successor's ID so that only a holder of the predecessor can read it: after a rotation the
 * old key points to the new session, and with hashed IDs no ticket may stand in Redis. Both IDs are 32
 * random bytes and each predecessor gets at most one successor, so an HMAC of the old ID is a one-time pad.
 */
export function sealSuccessor(id: string, successorId: string): string {
  return xorWithPad(id, successorId)
}

/** Reads what {@link sealSuccessor} wrote. */
export function openSuccessor(id: string, sealed: string): string {
  return xorWithPad(id, sealed)
}

function xorWithPad(id: string, base64url: string): string {
  const pad = createHmac('sha256', id).update('sojourn successor').digest()
  const bytes = Buffer.from(base64url, 'base64url')
  for (let i = 0; i < bytes.length; i++) bytes[i] = (bytes[i] ?? 0) ^ (pad[i % pad.length] ?? 0)
  return bytes.toString('base64url')
}
