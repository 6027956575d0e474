import type { Withdrawal } from './port.ts'

/** The withdrawal of several calls that go as one command. With one that is withdrawn, none of them goes. */
export class SharedWithdrawal implements Withdrawal {
  readonly isChange: boolean
  readonly #each: readonly Withdrawal[]
  #withdraw: (() => void) | null = null

  constructor(each: readonly Withdrawal[], isChange: boolean) {
    this.#each = each
    this.isChange = isChange
  }

  get aborted(): boolean {
    return this.#each.some((withdrawal) => withdrawal.aborted)
  }

  get sent(): boolean {
    return this.#each.some((withdrawal) => withdrawal.sent)
  }

  set sent(sent: boolean) {
    for (const withdrawal of this.#each) withdrawal.sent = sent
  }

  addEventListener(type: 'abort', withdraw: () => void): void {
    this.#withdraw = withdraw
    const withdrawAll = () => this.#withdrawAll()
    for (const withdrawal of this.#each) withdrawal.addEventListener(type, withdrawAll)
  }

  /** What is withdrawn is being dropped, and was not sent. */
  removeEventListener(): void {
    if (this.aborted) return
    for (const withdrawal of this.#each) withdrawal.removeEventListener()
  }

  #withdrawAll(): void {
    const withdraw = this.#withdraw
    this.#withdraw = null
    withdraw?.()
  }
}
