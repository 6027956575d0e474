/**
 * Express gives each request and each response another prototype. V8 before 13 (Node 20 and 22) remembers nothing of what
 * is put on such an object afterwards: each property makes a hidden class that no other object has, and no cache for reading
 * one ever hits. Spared that, Express is faster with a session that is read than bare (`npm run bench:http`).
 */
const IS_AFFECTED = Number.parseInt(process.versions.v8 ?? '', 10) < 13

/**
 * Makes an object a dictionary, as V8 does with one that loses a property: all dictionaries of a prototype share one class,
 * whatever is put on them. Changes nothing that can be seen, and does nothing where V8 needs no help.
 */
export function shareHiddenClass(object: object): void {
  if (!IS_AFFECTED) return
  const passing = object as { [BEFORE]?: boolean; [AFTER]?: boolean }
  passing[BEFORE] = true
  passing[AFTER] = true // taking back the property that came last would only undo the step
  delete passing[BEFORE]
  delete passing[AFTER]
}

const BEFORE = Symbol('before')
const AFTER = Symbol('after')
