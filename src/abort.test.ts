import { expect, test } from 'vitest'
import { abortableEach } from './abort.ts'

/** An iteration that finds one thing and then waits for an answer. */
function waiting() {
  const answer = {} as { comes(value: number): void; fails(error: Error): void }
  const answered = new Promise<number>((comes, fails) => Object.assign(answer, { comes, fails }))
  let end = () => {}
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  async function* find() {
    try {
      yield 1
      yield await answered
    } finally {
      end()
    }
  }
  return { answer, ended, find }
}

async function walk(iterable: AsyncIterable<number>, found: number[]): Promise<void> {
  for await (const each of iterable) found.push(each)
}

test.each(['is answered', 'fails'])(
  'an iteration that is aborted rejects at once, and ends when its step %s',
  async (how) => {
    const { answer, ended, find } = waiting()
    const controller = new AbortController()
    const found: number[] = []
    const walked = walk(abortableEach(controller.signal, find()), found)
    await new Promise(setImmediate)
    controller.abort(new Error('enough'))
    await expect(walked).rejects.toThrow('enough')
    expect(found).toEqual([1])
    if (how === 'fails') answer.fails(new Error('lost'))
    else answer.comes(2)
    await ended
  },
)

test('one that is left without an abort has ended by then', async () => {
  const { ended, find } = waiting()
  let hasEnded = false
  void ended.then(() => {
    hasEnded = true
  })
  for await (const _ of abortableEach(new AbortController().signal, find())) break
  expect(hasEnded).toBe(true)
})
