/** Commands that change something reach Redis once, whatever a client likes to send again. */
import type { Withdrawal } from '../port.ts'

/**
 * For a client that tries again by itself, and asks each time whether the command is still wanted: not after it was sent.
 * One that Redis refused in between counts as sent too, as the client does not say.
 */
export class SendOnce implements Withdrawal {
  readonly isChange = true
  readonly #withdrawal: Withdrawal
  #wasTried = false
  #wasKept = false

  constructor(withdrawal: Withdrawal) {
    this.#withdrawal = withdrawal
  }

  get sent(): boolean {
    return this.#withdrawal.sent
  }

  /** Whether the client was kept from sending the command again. */
  get wasKept(): boolean {
    return this.#wasKept
  }

  get aborted(): boolean {
    if (this.#wasTried && this.sent) this.#wasKept = true
    return this.#wasKept || this.#withdrawal.aborted
  }

  addEventListener(type: 'abort', withdraw: () => void): void {
    this.#wasTried = true
    this.#withdrawal.addEventListener(type, withdraw)
  }

  removeEventListener(): void {
    this.#withdrawal.removeEventListener()
  }
}
