import type { Withdrawal } from './port.ts'

/** The withdrawal of several calls that go as one command. With one that is withdrawn, none of them goes. */
export class SharedWithdrawal implements Withdrawal {
  readonly isChange: boolean
  readonly #withdrawals: readonly Withdrawal[]
  #withdraw: (() => void) | null = null

  constructor(withdrawals: readonly Withdrawal[], isChange: boolean) {
    this.#withdrawals = withdrawals
    this.isChange = isChange
  }

  get aborted(): boolean {
    return this.#withdrawals.some((withdrawal) => withdrawal.aborted)
  }

  get sent(): boolean {
    return this.#withdrawals.some((withdrawal) => withdrawal.sent)
  }

  set sent(sent: boolean) {
    for (const withdrawal of this.#withdrawals) withdrawal.sent = sent
  }

  addEventListener(type: 'abort', withdraw: () => void): void {
    this.#withdraw = withdraw
    const withdrawAll = () => this.#withdrawAll()
    for (const withdrawal of this.#withdrawals) withdrawal.addEventListener(type, withdrawAll)
  }

  /** What is withdrawn is being dropped, and was not sent. */
  removeEventListener(): void {
    if (this.aborted) return
    for (const withdrawal of this.#withdrawals) withdrawal.removeEventListener()
  }

  #withdrawAll(): void {
    const withdraw = this.#withdraw
    this.#withdraw = null
    withdraw?.()
  }
}
