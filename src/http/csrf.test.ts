import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mintSessionId } from '../session-id.ts'
import { makeCsrfToken, verifyCsrfToken } from './csrf.ts'

test('NIST 800-63B a token verifies for its session and for no other', () => {
  const [id, other] = [mintSessionId(), mintSessionId()]
  const token = makeCsrfToken(id)
  expect([verifyCsrfToken(id, token), verifyCsrfToken(other, token)]).toEqual([true, false])
})

test('each copy is masked anew, and none holds the ID', () => {
  const id = mintSessionId()
  const tokens = Array.from({ length: 1000 }, () => makeCsrfToken(id))
  expect(new Set(tokens).size).toBe(1000)
  for (const token of tokens) {
    expect(token).toMatch(/^[\w-]{86}$/)
    expect(token).not.toContain(id)
    expect(verifyCsrfToken(id, token)).toBe(true)
  }
})

test('V11.2.4 changing any bit of a token spoils it', () => {
  const id = mintSessionId()
  const bytes = Buffer.from(makeCsrfToken(id), 'base64url')
  for (let i = 0; i < bytes.length * 8; i++) {
    const spoiled = Buffer.from(bytes)
    spoiled[i >> 3] = (spoiled[i >> 3] ?? 0) ^ (1 << (i & 7))
    expect(verifyCsrfToken(id, spoiled.toString('base64url'))).toBe(false)
  }
})

test('anything else is no token, and no error', () => {
  const id = mintSessionId()
  const others = [undefined, null, 7, {}, [], '', 'x', ' '.repeat(86), 'é'.repeat(86), '='.repeat(86), '\0'.repeat(86)]
  for (const other of others) expect(verifyCsrfToken(id, other)).toBe(false)
  fc.assert(fc.property(fc.anything(), (value) => !verifyCsrfToken(id, value)))
  fc.assert(fc.property(fc.string({ minLength: 86, maxLength: 86 }), (value) => !verifyCsrfToken(id, value)))
})
