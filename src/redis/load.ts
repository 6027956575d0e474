import type { Reply } from '../engine.ts'
import type { FlatFields } from '../record.ts'
import type { RedisCalls } from './calls.ts'
import { readReply } from './engine.ts'
import type { SessionKeys } from './keys.ts'
import { present } from './present.ts'
import * as sources from './scripts.gen.ts'
import { query } from './scripts.ts'

const read = query(sources.read)

/** The read of the drop-ins: refreshes as the engine's does, but not a session that ends with its cookie. */
export function loader(calls: RedisCalls, keys: SessionKeys): (name: string) => Promise<Reply<FlatFields>> {
  return async (name) => {
    const key = keys.session(name)
    return readReply(await calls.run(read, key, [...present(), 'unfixed']), key)
  }
}
