/** Commands that change something reach Redis once, whatever a client likes to send again. */
import type { Withdrawal } from '../port.ts'

/**
 * For a client that tries again by itself, and asks each time whether the command is still wanted: not after it was sent.
 * One that Redis refused in between counts as sent too, as the client does not say.
 */
export class SendOnce implements Withdrawal {
  readonly isChange = true
  readonly #withdrawal: Withdrawal
  #tries = 0

  constructor(withdrawal: Withdrawal) {
    this.#withdrawal = withdrawal
  }

  get sent(): boolean {
    return this.#withdrawal.sent
  }

  /** Whether the client was kept from sending the command again. */
  get wasKept(): boolean {
    return this.#tries > 0 && this.sent
  }

  get aborted(): boolean {
    return this.#withdrawal.aborted || this.wasKept
  }

  addEventListener(type: 'abort', withdraw: () => void): void {
    this.#tries += 1
    this.#withdrawal.addEventListener(type, withdraw)
  }

  removeEventListener(): void {
    this.#withdrawal.removeEventListener()
  }
}
