/** Things told apart by words, numbered in the order in which they came. */
export class Numbered<T> {
  readonly #numbers = new Map<string, number>()
  readonly #things: T[] = []

  numberOf(words: string, make: () => T): number {
    const known = this.#numbers.get(words)
    if (known !== undefined) return known
    const number = this.#things.push(make()) - 1
    this.#numbers.set(words, number)
    return number
  }

  get(number: number): T {
    return this.#things[number] as T
  }
}
