import { expect, test } from 'vitest'
import { Turns } from './turns.ts'

/** An operation that ends when it is told to, and a list of what has begun. */
function bench() {
  const turns = new Turns()
  const begun: string[] = []
  const ends = new Map<string, { resolve(): void; reject(error: Error): void }>()
  const take = (name: string) =>
    turns.take(() => {
      begun.push(name)
      return new Promise<void>((resolve, reject) => ends.set(name, { resolve, reject }))
    })
  return { turns, begun, ends, take }
}

test('an operation begins at once when nothing is before it', () => {
  const { turns, begun, take } = bench()
  expect(turns.areOver).toBe(true)
  void take('first')
  expect([begun, turns.areOver]).toEqual([['first'], false])
})

test('the others follow in the order in which they were asked for, whether those before failed or not', async () => {
  const { turns, begun, ends, take } = bench()
  const [first, second, third] = [take('first'), take('second'), take('third')]
  ends.get('first')?.reject(new Error('failed'))
  await expect(first).rejects.toThrow('failed')
  await new Promise(setImmediate)
  expect(begun).toEqual(['first', 'second'])
  ends.get('second')?.resolve()
  await second
  await new Promise(setImmediate)
  expect(begun).toEqual(['first', 'second', 'third'])
  ends.get('third')?.resolve()
  await third
  expect(turns.areOver).toBe(true)
})

test('one that throws instead of rejecting is over, too', async () => {
  const { turns, begun, take } = bench()
  const thrown = turns.take(() => {
    throw new Error('thrown')
  })
  await expect(thrown).rejects.toThrow('thrown')
  expect(turns.areOver).toBe(true)
  void take('next')
  expect(begun).toEqual(['next'])
})
