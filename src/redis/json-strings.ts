/**
 * Sessions as connect-redis and its like keep them, one JSON string each: what the drop-ins find there, take over from
 * there, and for a while save there. Each step is one command on one key.
 */
import type { FlatFields } from '../record.ts'
import type { RedisCalls } from './calls.ts'
import { expected, isClaim, isFlag, isOk, isText, orNull } from './expected.ts'
import type { SessionKeys } from './keys.ts'
import type { RedisReply } from './port.ts'
import { present } from './present.ts'
import * as sources from './scripts.gen.ts'
import { script } from './scripts.ts'

const scripts = {
  hold: script(sources.hold),
  unhold: script(sources.unhold),
  claim: script(sources.claim),
  adopt: script(sources.adopt),
  convert: script(sources.convert),
  forget: script(sources.forget),
  resave: script(sources.resave),
}

/**
 * How long a name is held for a session on its way. After a crash between claim and adoption the claim waits for the next
 * visit as long as the session had left, and is lost unless the name is still held then: so a minute would be too short. A
 * crash before the claim leaves the string, and a name that is taken no longer than this after the string has ended.
 */
const HOLD_MS = 86_400_000

/** What {@link JsonStrings.read} says of a session that somebody is taking over. */
export const CLAIMED: unique symbol = Symbol('claimed')

/** A session on its way from its string to its hash. */
export interface Conversion {
  /** All fields but the times, `session_ttl` among them. */
  readonly fields: FlatFields
  /** Milliseconds that it has left, if its key does not say. */
  readonly remaining: number
}

export interface Claim extends Conversion {
  /** The one under which the new name has to be held for it. */
  readonly nonce: string
}

export class JsonStrings {
  readonly #calls: RedisCalls
  readonly #strings: SessionKeys
  readonly #sessions: SessionKeys

  /** `strings` are the keys of the other store, `sessions` ours; they may be the same. */
  constructor(calls: RedisCalls, strings: SessionKeys, sessions: SessionKeys) {
    this.#calls = calls
    this.#strings = strings
    this.#sessions = sessions
  }

  /** Whether the session would stay at its key when it becomes a hash. */
  isInPlace(id: string, name: string): boolean {
    return this.#strings.session(id) === this.#sessions.session(name)
  }

  async read(id: string): Promise<string | typeof CLAIMED | null> {
    try {
      return expected(orNull(isText), await this.#calls.query('GET', this.#strings.session(id)))
    } catch (error) {
      if (error instanceof Error && /\bWRONGTYPE\b/.test(error.message)) return CLAIMED
      throw error
    }
  }

  /** Holds the new name, and returns the nonce under which it is held; `null` when something else is there already. */
  async hold(name: string, nonce: string): Promise<string | null> {
    const args = [nonce, String(HOLD_MS)]
    return expected(orNull(isText), await this.#calls.run(scripts.hold, this.#sessions.session(name), args))
  }

  /** Gives a held name back; `false` when it is not held under that nonce any more. */
  async unhold(name: string, nonce: string): Promise<boolean> {
    return isDone(await this.#calls.run(scripts.unhold, this.#sessions.session(name), [nonce]))
  }

  /** Ends the string in favour of fields; `'changed'` when it is another than `text`. */
  async claim(id: string, text: string, { nonce, remaining, fields }: Claim): Promise<Claim | 'changed' | null> {
    const args = [text, nonce, String(remaining), ...fields]
    const reply = await this.#calls.run(scripts.claim, this.#strings.session(id), args)
    return reply === 0 ? 'changed' : readClaim(reply)
  }

  /** What somebody has claimed; `null` when nobody has. */
  async claimed(id: string): Promise<Claim | null> {
    const reply = await this.#calls.run(scripts.claim, this.#strings.session(id), ['', '', ''])
    return reply === 0 ? null : readClaim(reply) // a string that is there again
  }

  /** Brings a held name to life with what was claimed for it; `false` when it is not held for that any more. */
  async adopt(name: string, { nonce, remaining, fields }: Claim): Promise<boolean> {
    const args = [...present(), nonce, String(remaining), ...fields]
    return isDone(await this.#calls.run(scripts.adopt, this.#sessions.session(name), args))
  }

  /** Makes a session of the string where it is; `false` when something else is there by now. */
  async convert(id: string, text: string, { remaining, fields }: Conversion): Promise<boolean> {
    const args = [...present(), text, String(remaining), ...fields]
    return isDone(await this.#calls.run(scripts.convert, this.#strings.session(id), args))
  }

  /** Ends the string, or what a takeover has made of it; `false` when there was none. */
  async forget(id: string): Promise<boolean> {
    return isDone(await this.#calls.run(scripts.forget, this.#strings.session(id), []))
  }

  /** Saves a new string; `false` when the key is taken. */
  async create(id: string, text: string, milliseconds: number): Promise<boolean> {
    const key = this.#strings.session(id)
    const saved = await this.#calls.change('SET', key, text, 'PX', String(milliseconds), 'NX')
    return expected(orNull(isOk), saved) !== null
  }

  /** Replaces a string that is there (with `null` for its text only its TTL); `false` when it is gone. */
  async update(id: string, text: string | null, milliseconds: number): Promise<boolean> {
    const args = [text ?? '', String(milliseconds)]
    return isDone(await this.#calls.run(scripts.resave, this.#strings.session(id), args))
  }

  /** The IDs of all strings, in batches. */
  async *ids(): AsyncGenerator<string[]> {
    for await (const keys of this.#calls.scanStrings(this.#strings.pattern)) {
      yield keys.map((key) => this.#strings.nameOf(key))
    }
  }
}

function isDone(reply: RedisReply): boolean {
  return expected(isFlag, reply) === 1
}

function readClaim(reply: RedisReply): Claim | null {
  const claim = expected(orNull(isClaim), reply)
  return claim && { nonce: claim[0] as string, remaining: Number(claim[1]), fields: claim.slice(2) }
}
