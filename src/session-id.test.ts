import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isSessionId, mintSessionId, openSuccessor, sealSuccessor, sessionHandle } from './session-id.ts'

test('V7.2.3: 100,000 IDs are unique, of one length, and no bit is biased', () => {
  const count = 100_000
  const ids = new Set<string>()
  const ones = new Array<number>(256).fill(0)
  for (let i = 0; i < count; i++) {
    const id = mintSessionId()
    ids.add(id)
    const bytes = Buffer.from(id, 'base64url')
    for (let bit = 0; bit < 256; bit++)
      ones[bit] = (ones[bit] as number) + (((bytes[bit >> 3] as number) >> (bit & 7)) & 1)
  }
  expect(ids.size).toBe(count)
  expect([...ids].every(isSessionId)).toBe(true)
  // Seven standard deviations: a fair generator fails once in some billion runs.
  const allowed = 7 * Math.sqrt(count / 4)
  for (const n of ones) expect(Math.abs(n - count / 2)).toBeLessThan(allowed)
})

test('an ID is recognised if and only if 32 bytes could be written so', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 0, maxLength: 40 }), (bytes) => {
      expect(isSessionId(Buffer.from(bytes).toString('base64url'))).toBe(bytes.length === 32)
    }),
  )
  fc.assert(
    fc.property(fc.string({ minLength: 40, maxLength: 46, unit: 'binary' }), (text) => {
      const canonical = Buffer.from(text, 'base64url').toString('base64url') === text
      expect(isSessionId(text)).toBe(text.length === 43 && canonical)
    }),
    { numRuns: 2000 },
  )
})

test('one wrong character anywhere is not an ID', () => {
  const id = mintSessionId()
  for (let i = 0; i < id.length; i++) {
    for (const wrong of ['=', '+', '/', ' ', '\0', '.', 'é', '{']) {
      expect(isSessionId(id.slice(0, i) + wrong + id.slice(i + 1))).toBe(false)
    }
  }
})

test('the handle is SHA-256 of the ID, and says nothing of it', () => {
  expect(sessionHandle('A'.repeat(43))).toBe('DwBzhbb51LfusnSGBa_hqYSgo7-j8BTQnip4TOnlzRo')
  expect(sessionHandle(mintSessionId())).toMatch(/^[\w-]{43}$/)
})

test('a successor is read by the holder of the old ID and by nobody else', () => {
  const old = mintSessionId()
  const successor = mintSessionId()
  const sealed = sealSuccessor(old, successor)
  expect(sealed).not.toContain(successor)
  expect(openSuccessor(old, sealed)).toBe(successor)
  expect(openSuccessor(mintSessionId(), sealed)).not.toBe(successor)
})
