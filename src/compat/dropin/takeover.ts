/**
 * Taking over a session that another store left as a JSON string. Its string and its hash may lie in different slots of a
 * cluster, so this is a protocol of atomic steps on one key each:
 *
 *   1. hold    the new name is held under a nonce: a key, but not a session
 *   2. claim   the string ends; in its place stand its fields and the nonce, with the TTL that was left
 *   3. adopt   the held name comes to life with the claimed fields, if it is still held under their nonce
 *   4. forget  what stands in the string's place goes
 *
 * If the claim finds no string any more, the name is given back.
 *
 * Whoever meets a claim goes on from there, so loads at the same time all find the session, and nobody waits for a process
 * that crashed. Whoever ends a session forgets the string first and then ends the hash: after that nothing can be
 * claimed, and what has been claimed finds its name no longer held. Where both have the same key, it is one step.
 */
import { untilUndisturbed } from '../../begin-again.ts'
import { CONFLICT } from '../../engine.ts'
import { FIXED, type FlatFields, SESSION_TTL } from '../../record.ts'
import { CLAIMED, type Claim, type Conversion, type JsonStrings } from '../../redis/json-strings.ts'
import type { NameOf } from '../../rotation.ts'
import { mintSessionId } from '../../session-id.ts'
import { fieldOf, objectOf } from './properties.ts'
import { readSession } from './strings.ts'
import type { Term } from './term.ts'

/** The steps that the protocol takes. */
export type TakeoverSteps = Pick<
  JsonStrings,
  'isInPlace' | 'read' | 'hold' | 'unhold' | 'claim' | 'claimed' | 'adopt' | 'convert' | 'forget'
>

/** The term of what another store has kept; `null` when it is no session. */
export type TermOf = (session: Record<string, unknown>) => Term | null

export class Takeover {
  readonly #strings: TakeoverSteps
  readonly #nameOf: NameOf
  readonly #termOf: TermOf

  constructor(strings: TakeoverSteps, nameOf: NameOf, termOf: TermOf) {
    this.#strings = strings
    this.#nameOf = nameOf
    this.#termOf = termOf
  }

  /** Takes the session over, if there is one. Afterwards it is where it belongs, whoever has brought it there. */
  run(id: string): Promise<void> {
    let held: string | null = null
    return untilUndisturbed(async () => {
      const text = await this.#strings.read(id)
      if (text === CLAIMED) return this.resume(id)
      const conversion = text === null ? null : this.#convert(text)
      if (text === null || conversion === null) return this.#giveBack(id, held)
      const name = this.#nameOf(id)
      if (this.#strings.isInPlace(id, name)) {
        return (await this.#strings.convert(id, text, conversion)) ? undefined : CONFLICT
      }
      held = await this.#strings.hold(name, mintSessionId())
      if (held === null) return
      const claim = await this.#strings.claim(id, text, { ...conversion, nonce: held })
      if (claim === 'changed') return CONFLICT
      return claim === null ? this.#giveBack(id, held) : this.#complete(id, claim)
    })
  }

  /** Goes on with a takeover that somebody has begun, if there is one. */
  async resume(id: string): Promise<void> {
    await this.#complete(id, await this.#strings.claimed(id))
  }

  /** There is nothing to take over any more: the name is free, unless somebody else has brought the session there. */
  async #giveBack(id: string, held: string | null): Promise<void> {
    if (held !== null) await this.#strings.unhold(this.#nameOf(id), held)
  }

  async #complete(id: string, claim: Claim | null): Promise<void> {
    if (claim === null) return
    await this.#strings.adopt(this.#nameOf(id), claim)
    await this.#strings.forget(id)
  }

  #convert(text: string): Conversion | null {
    const properties = readSession(text)
    const term = properties && this.#termOf(objectOf(properties))
    if (properties === null || term === null) return null
    const ttl = Math.max(1, term.ttl) // it is over when its key says so
    const fields: FlatFields = [SESSION_TTL, String(ttl)]
    for (const [property, json] of properties) fields.push(fieldOf(property), json)
    if (term.fixed) fields.push(FIXED, '1')
    return { fields, remaining: ttl * 1000 }
  }
}
