/** IDs that are not left to chance: an operation that is run again mints the same ones. Stands in for `src/session-id.ts`. */

/** Whoever mints: the world is 0, operations count from 1. */
export interface Minter {
  readonly number: number
  minted: number
}

let current: Minter = { number: 0, minted: 0 }

/** From now on this one mints, until it is another's turn. */
export function mintAs(minter: Minter): void {
  current = minter
}

export function mintSessionId(): string {
  const number = current.number * 1000 + current.minted
  current.minted += 1
  return Buffer.from(String(number).padStart(32, '0')).toString('base64url')
}
