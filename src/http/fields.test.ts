import fc from 'fast-check'
import * as valibot from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { InvalidArgumentError } from '../errors.ts'
import { FieldError } from './errors.ts'
import { type AnyField, boolean, checkFieldTypes, integer, json, text, timestamp } from './fields.ts'

type Loose = { write(value: unknown): string; read(stored: string): unknown }
const loose = (field: AnyField) => field as unknown as Loose

describe('what is written is read again', () => {
  test('text', () => {
    fc.assert(fc.property(fc.string(), (value) => text().read(text().write(value)) === value))
  })
  test('integer', () => {
    fc.assert(fc.property(fc.maxSafeInteger(), (value) => integer().read(integer().write(value)) === value))
  })
  test('boolean', () => {
    fc.assert(fc.property(fc.boolean(), (value) => boolean().read(boolean().write(value)) === value))
  })
  test('timestamp', () => {
    const written = fc.date({ noInvalidDate: true })
    fc.assert(fc.property(written, (value) => timestamp().read(timestamp().write(value)).getTime() === value.getTime()))
  })
  test('json', () => {
    const field = json<unknown>()
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.stringify(field.read(field.write(value)))).toBe(JSON.stringify(value))
      }),
    )
  })
})

test.each([
  ['2026-04-02T12:34:56+00:00', '2026-04-02T12:34:56.000Z'],
  ['2026-04-02T12:34:56Z', '2026-04-02T12:34:56.000Z'],
  ['2026-04-02T12:34:56.789012+00:00', '2026-04-02T12:34:56.789Z'],
  ['2026-04-02T12:34:56.7Z', '2026-04-02T12:34:56.700Z'],
  ['2026-04-02T14:34:56+02:00', '2026-04-02T12:34:56.000Z'],
  ['2028-02-29T23:59:59-01:00', '2028-03-01T00:59:59.000Z'],
])('a timestamp that another program has written is read: %s', (stored, moment) => {
  expect(timestamp().read(stored).toISOString()).toBe(moment)
})

describe('what does not fit is not written', () => {
  const cases: [name: string, field: AnyField, values: unknown[]][] = [
    ['text', text(), [7, null, undefined, {}, ['a']]],
    ['integer', integer(), ['7', 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 7n, null, undefined]],
    ['boolean', boolean(), ['true', 1, 0, null, undefined]],
    ['timestamp', timestamp(), [new Date(Number.NaN), 0, '2026-04-02', null, undefined]],
    ['json', json(), [undefined, () => 1, Symbol('x')]],
    ['json of zod', json(z.object({ a: z.number() })), [{}, { a: '1' }, null, undefined, []]],
    ['json of valibot', json(valibot.array(valibot.string())), [['a', 1], 'a', null, undefined]],
    ['json that cannot be read again', json(z.object({ at: z.date() })), [{ at: new Date() }]],
    ['json of an asynchronous validator', json(z.string().refine(async () => true)), ['a']],
  ]
  test.each(cases)('%s', (_, field, values) => {
    for (const value of values) expect(() => loose(field).write(value)).toThrow(FieldError)
  })
})

describe('what does not fit is not read', () => {
  const cases: [name: string, field: AnyField, values: string[]][] = [
    ['integer', integer(), ['', ' 7', '7 ', '07', '+7', '-0', '7.0', '1e3', '0x7', '9007199254740992', 'seven', '٧']],
    ['boolean', boolean(), ['', 'True', 'TRUE', '1', '0', 'yes', ' true']],
    ['timestamp', timestamp(), ['', 'soon', '1', '1775133296', '12/25/1995', 'Thu, 02 Apr 2026 12:34:56 GMT']],
    ['timestamp without a zone', timestamp(), ['2026-04-02', '2026-04-02T12:34:56', '2026-04-02 12:34:56Z']],
    ['timestamp in part', timestamp(), ['2026-04-02T12:34Z', '2026-04-02T12:34:56.Z', 'at 2026-04-02T12:34:56Z']],
    ['timestamp of no such day', timestamp(), ['2026-13-01T00:00:00Z', '2026-02-30T00:00:00Z', '2026-04-02T25:00:00Z']],
    ['json', json(), ['', '{', 'undefined', "{'a':1}", '{"a":1,}']],
    ['json of zod', json(z.object({ a: z.number() })), ['{}', '{"a":"1"}', 'null', '[]', '7']],
    ['json of valibot', json(valibot.array(valibot.string())), ['["a",1]', '"a"', 'null']],
  ]
  test.each(cases)('%s', (_, field, values) => {
    for (const value of values) expect(() => field.read(value)).toThrow()
  })
})

test('V1.5.2 a field of JSON pollutes nothing and runs nothing', () => {
  const value = json<Record<string, unknown>>().read('{"__proto__":{"polluted":true},"toString":"x"}')
  expect(Object.keys(value)).toEqual(['__proto__', 'toString'])
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

test('a validator may transform, as long as it takes what it gives', () => {
  const field = json(z.string().trim())
  expect(field.write(' a ')).toBe('"a"')
  expect(json(z.coerce.date()).read('"2026-04-02T00:00:00.000Z"')).toEqual(new Date('2026-04-02'))
})

test('what is absent is the default', () => {
  expect([text().absent, text({ default: 'x' }).absent, integer({ default: 0 }).absent]).toEqual([undefined, 'x', 0])
  expect([boolean({ default: false }).absent, timestamp().absent, json().absent]).toEqual([false, undefined, undefined])
  expect(() => integer({ default: 0.5 })).toThrow(FieldError)
})

describe('a declaration', () => {
  test('is optional', () => {
    expect(checkFieldTypes(undefined)).toBe(null)
    const fields = { a: text() }
    expect(checkFieldTypes(fields)).toBe(fields)
  })

  const malformed: unknown[] = [
    null,
    'text',
    { a: 'text' },
    { a: null },
    { a: text },
    { a: { read: () => 1 } },
    { '': text() },
    { session_ttl: integer() },
    { created_at: text() },
    { 'sojourn:deadline': integer() },
  ]
  test.each(malformed)('is refused: %j', (fields) => {
    expect(() => checkFieldTypes(fields)).toThrow(InvalidArgumentError)
  })
})
