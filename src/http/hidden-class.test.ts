import { describe, expect, it } from 'vitest'
import { haveSameClass } from '../../test/support/hidden-class.ts'
import { shareHiddenClass } from './hidden-class.ts'

/** Stands for Express's own response. */
const prototype = Object.create(null) as object

function response(): object {
  return Object.setPrototypeOf({ statusCode: 200, headersSent: false }, prototype) as object
}

describe('shareHiddenClass', () => {
  it('lets objects of another prototype share a class, whatever is put on them', () => {
    const [one, other] = [response(), response()]
    for (const each of [one, other]) {
      shareHiddenClass(each)
      Object.assign(each, { locals: {}, session: each })
    }
    expect(haveSameClass(one, other)).toBe(true)
  })

  it('changes nothing that can be seen', () => {
    const object = response()
    shareHiddenClass(object)
    expect(Reflect.ownKeys(object)).toEqual(['statusCode', 'headersSent'])
    expect(Object.getPrototypeOf(object)).toBe(prototype)
    expect(object).toEqual(response())
  })
})
