/**
 * What a reply has to look like to be believed. Redis gives no other; a broken proxy or another program behind the address
 * may, and what follows from its answer must be an error of ours and no guess.
 */
import { StoreUnavailableError } from '../errors.ts'
import { isSessionId } from '../session-id.ts'
import type { RedisReply } from './port.ts'

/** The reply itself. @throws {StoreUnavailableError} when it is none that the command can have */
export function expected<T extends RedisReply>(is: (reply: RedisReply) => reply is T, reply: RedisReply): T {
  if (is(reply)) return reply
  throw unexpected()
}

/** What JSON says that a script of ours has made. */
export function parsed(json: string): string[] {
  try {
    return expected(isList, JSON.parse(json) as RedisReply)
  } catch {
    throw unexpected()
  }
}

export function orNull<T extends RedisReply>(
  is: (reply: RedisReply) => reply is T,
): (reply: RedisReply) => reply is T | null {
  return (reply): reply is T | null => reply === null || is(reply)
}

export function isText(reply: RedisReply): reply is string {
  return typeof reply === 'string'
}

export function isCount(reply: RedisReply): reply is number {
  return typeof reply === 'number' && Number.isSafeInteger(reply) && reply >= 0
}

export function isFlag(reply: RedisReply): reply is 0 | 1 {
  return reply === 0 || reply === 1
}

export function isOne(reply: RedisReply): reply is 1 {
  return reply === 1
}

export function isOk(reply: RedisReply): reply is 'OK' {
  return reply === 'OK'
}

export function isInteger(reply: RedisReply): reply is string {
  return typeof reply === 'string' && /^-?\d{1,19}$/.test(reply)
}

export function isList(reply: RedisReply): reply is string[] {
  if (!Array.isArray(reply)) return false
  for (const each of reply) if (typeof each !== 'string') return false
  return true
}

export function isPairs(reply: RedisReply): reply is string[] {
  return isList(reply) && reply.length % 2 === 0
}

/** Times, the TTL that was given, and what is left of it. */
export function isVitals(reply: RedisReply): reply is string[] {
  return isList(reply) && reply.length === 4 && isInteger(reply[2] as string) && isInteger(reply[3] as string)
}

/** What is left, the time, and fields. */
export function isHolding(reply: RedisReply): reply is string[] {
  return isPairs(reply) && reply.length >= 2 && isInteger(reply[0] as string) && isInteger(reply[1] as string)
}

/** The nonce of a claim, what is left of the session that it is for, and fields. */
export function isClaim(reply: RedisReply): reply is string[] {
  return isPairs(reply) && reply.length >= 2 && isInteger(reply[1] as string)
}

/** A page of SCAN. */
export function isScanned(reply: RedisReply): reply is [cursor: string, keys: string[]] {
  return Array.isArray(reply) && reply.length === 2 && /^\d+$/.test(String(reply[0])) && isList(reply[1] as RedisReply)
}

/** Where a rotated session went, and the fields that it hands over, or nothing. */
export function isWhereTo(reply: RedisReply): reply is [successor: string, handover: string] {
  return isList(reply) && reply.length === 2 && isSessionId(reply[0])
}

export function unexpected(): StoreUnavailableError {
  return new StoreUnavailableError('Redis gave a reply that it cannot have: something else answers for it')
}
