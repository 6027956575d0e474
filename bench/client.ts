import { createClient } from 'redis'

/** The client that all contenders share. */
export type BenchClient = Awaited<ReturnType<typeof connect>>

export async function connect(url: string) {
  return createClient({ url }).connect()
}
