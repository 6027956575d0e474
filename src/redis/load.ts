import { Moved, type Reply } from '../engine.ts'
import type { FlatFields } from '../record.ts'
import type { RedisCalls } from './calls.ts'
import type { SessionKeys } from './keys.ts'
import * as sources from './scripts.gen.ts'
import { script } from './scripts.ts'

const load = script(sources.load)

/** The read of the drop-ins: refreshes as the engine's does, but not a session that ends with its cookie. */
export function loader(calls: RedisCalls, keys: SessionKeys): (name: string) => Promise<Reply<FlatFields>> {
  return async (name) => {
    const reply = (await calls.run(load, keys.session(name), [])) as string[] | null
    return reply?.length === 2 ? new Moved(reply[0] as string, reply[1] as string) : reply
  }
}
