/**
 * Situations, numbered in the order in which they came: the state of the world and how far each operation is, in numbers. There
 * are millions, so they stand in one table, open to be searched. A `Map` takes several times as long, and as much memory.
 */
export class Situations {
  readonly #width: number
  #rows: Int32Array
  /** Numbers by hash, one above; 0 is free. */
  #table = new Int32Array(2 ** 12)
  #size = 0

  constructor(operations: number) {
    this.#width = operations + 1
    this.#rows = new Int32Array(2 ** 12 * this.#width)
  }

  get size(): number {
    return this.#size
  }

  numberOf(world: number, points: readonly number[]): number {
    const mask = this.#table.length - 1
    for (let place = hash(world, points) & mask; ; place = (place + 1) & mask) {
      const found = (this.#table[place] as number) - 1
      if (found < 0) return this.#add(place, world, points)
      if (this.#isAt(found, world, points)) return found
    }
  }

  #isAt(number: number, world: number, points: readonly number[]): boolean {
    const row = number * this.#width
    if (this.#rows[row] !== world) return false
    for (let i = 0; i < points.length; i++) if (this.#rows[row + 1 + i] !== points[i]) return false
    return true
  }

  #add(place: number, world: number, points: readonly number[]): number {
    const number = this.#size
    this.#rows.set([world, ...points], number * this.#width)
    this.#size += 1
    this.#table[place] = this.#size
    if (this.#size * 2 > this.#table.length) this.#grow()
    return number
  }

  #grow(): void {
    const rows = new Int32Array(this.#rows.length * 2)
    rows.set(this.#rows)
    this.#rows = rows
    this.#table = new Int32Array(this.#table.length * 2)
    const mask = this.#table.length - 1
    for (let number = 0; number < this.#size; number++) {
      const row = number * this.#width
      let place = hash(rows[row] as number, rows.subarray(row + 1, row + this.#width)) & mask
      while (this.#table[place] !== 0) place = (place + 1) & mask
      this.#table[place] = number + 1
    }
  }
}

/** Spreads small numbers. */
function hash(world: number, points: ArrayLike<number>): number {
  let mixed = Math.imul(world + 1, 0x9e3779b1)
  for (let i = 0; i < points.length; i++) {
    mixed = Math.imul(mixed ^ (points[i] as number), 0x85ebca6b)
    mixed ^= mixed >>> 13
  }
  return mixed
}
