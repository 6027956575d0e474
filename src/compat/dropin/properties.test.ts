import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isReserved } from '../../record.ts'
import { difference, fieldOf, objectOf, propertiesOf, propertyOf, valueOf } from './properties.ts'

/** Names that matter, and any others. */
const name = fc.oneof(
  fc.constantFrom(
    '',
    'created_at',
    'session_ttl',
    'sojourn:x',
    'property:',
    'property:created_at',
    'property:property:x',
  ),
  fc.string({ unit: 'grapheme' }),
)
const session = fc.dictionary(name, fc.jsonValue(), { noNullPrototype: true })

describe('a property', () => {
  test('has a field of its own, which only it has, and which it may write', () => {
    fc.assert(fc.property(name, (property) => propertyOf(fieldOf(property)) === property))
    fc.assert(fc.property(name, (property) => !isReserved(fieldOf(property)) && fieldOf(property) !== ''))
    fc.assert(fc.property(name, name, (one, other) => one === other || fieldOf(one) !== fieldOf(other)))
  })

  test('has a plain field unless its name is taken', () => {
    expect(['user', 'created', 'sojourn', 'Property:x'].map(fieldOf)).toEqual([
      'user',
      'created',
      'sojourn',
      'Property:x',
    ])
  })

  test('is not in the fields of sojourn, nor in one that no property has', () => {
    expect(['created_at', 'sojourn:deadline', 'property:user'].map(propertyOf)).toEqual([null, null, null])
  })
})

test('a session comes back as JSON would bring it back', () => {
  fc.assert(
    fc.property(session, (data) => {
      expect(objectOf(propertiesOf(data))).toEqual(JSON.parse(JSON.stringify(data)))
    }),
  )
})

test('toJSON, undefined and functions are as JSON.stringify takes them', () => {
  class Session {
    at = new Date(0)
    nothing = undefined
    run = () => {}
    readonly hidden = Symbol('hidden')
  }
  expect(objectOf(propertiesOf(new Session()))).toEqual({ at: '1970-01-01T00:00:00.000Z' })
  expect(objectOf(propertiesOf({ toJSON: () => ({ a: 1 }) }))).toEqual({ a: 1 })
  expect(() => propertiesOf({ toJSON: () => 'text' })).toThrow('a session must be an object, got "text"')
})

test('toJSON is told the name of its property, as by JSON.stringify', () => {
  const toJSON = (key: string) => ({ key })
  const odd = Object.fromEntries(['at', 'a "b"', '__proto__', ''].map((name) => [name, { toJSON }]))
  const session = { ...odd, gone: { toJSON: () => undefined } }
  expect(objectOf(propertiesOf(session))).toEqual(JSON.parse(JSON.stringify(session)))
})

test('a difference makes of what was stored what is there', () => {
  fc.assert(
    fc.property(session, session, (before, after) => {
      const stored = propertiesOf(before)
      const { set, remove } = difference(stored, propertiesOf(after))
      const result = new Map(stored)
      for (const property of remove) result.delete(property)
      for (const [property, json] of set) result.set(property, json)
      expect(objectOf(result)).toEqual(objectOf(propertiesOf(after)))
    }),
  )
})

/** JSON as other programs write it. */
const { value: foreign } = fc.letrec<{ value: string }>((tie) => {
  const space = fc.oneof({ weight: 9, arbitrary: fc.constant('') }, fc.constantFrom(' ', '\n'))
  const spaced = (text: fc.Arbitrary<string>) => fc.tuple(space, text, space).map((parts) => parts.join(''))
  const number = fc.oneof(
    fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }).map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n.toExponential()),
    fc.integer().map((n) => `${n}.0`),
    fc.tuple(fc.nat(9), fc.nat(3)).map((parts) => parts.join('E')),
  )
  const escaped = (text: string) =>
    text.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`)
  const string = fc
    .tuple(fc.string(), fc.boolean())
    .map(([text, plain]) => (plain ? JSON.stringify(text) : `"${escaped(text)}"`))
  const list = fc.array(spaced(tie('value')), { maxLength: 3 }).map((values) => `[${values.join()}]`)
  const named = fc.tuple(spaced(fc.constantFrom('"a"', '"0"', '"1"', '"b"', '"\\u0061"')), spaced(tie('value')))
  const object = fc.array(named, { maxLength: 3 }).map((pairs) => `{${pairs.map((pair) => pair.join(':')).join()}}`)
  return { value: fc.oneof({ maxDepth: 3 }, number, string, list, object) }
})

test('JSON of another program is no difference, however it looks', () => {
  fc.assert(
    fc.property(foreign, (json) => {
      const stored = new Map([['property', json]])
      expect(difference(stored, propertiesOf(objectOf(stored)))).toEqual({ set: [], remove: [] })
    }),
    { numRuns: 2000 },
  )
})

test('what another program has written in its own way is no difference', () => {
  const stored = new Map([
    ['spaced', '{ "a" : [1] }'],
    ['text', 'andrew'],
    ['escaped', '"\\u001F"'],
    ['big', '9007199254740993'],
  ])
  const same = propertiesOf(objectOf(stored))
  expect(difference(stored, same)).toEqual({ set: [], remove: [] })
  expect(valueOf('{"a":')).toBe('{"a":')
})
