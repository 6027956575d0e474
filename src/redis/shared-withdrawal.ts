import type { Withdrawal } from './port.ts'

interface Withdrawable {
  readonly withdrawal: Withdrawal
}

/** The withdrawal of several calls that go as one command. With one that is withdrawn, none of them goes. */
export class SharedWithdrawal implements Withdrawal {
  readonly isChange: boolean
  readonly #calls: readonly Withdrawable[]
  #withdraw: (() => void) | null = null

  constructor(calls: readonly Withdrawable[], isChange: boolean) {
    this.#calls = calls
    this.isChange = isChange
  }

  get aborted(): boolean {
    return this.#calls.some(({ withdrawal }) => withdrawal.aborted)
  }

  get sent(): boolean {
    return this.#calls.some(({ withdrawal }) => withdrawal.sent)
  }

  set sent(sent: boolean) {
    for (const { withdrawal } of this.#calls) withdrawal.sent = sent
  }

  addEventListener(type: 'abort', withdraw: () => void): void {
    this.#withdraw = withdraw
    for (const { withdrawal } of this.#calls) withdrawal.addEventListener(type, () => this.#withdrawAll())
  }

  /** What is withdrawn is being dropped, and was not sent. */
  removeEventListener(): void {
    if (this.aborted) return
    for (const { withdrawal } of this.#calls) withdrawal.removeEventListener()
  }

  #withdrawAll(): void {
    const withdraw = this.#withdraw
    this.#withdraw = null
    withdraw?.()
  }
}
