/** `writer.js REDIS_URL ID WRITES`: changes the session time and again, and says when Redis had answered. */
import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from 'redis'
import { RedisSessionStore } from 'sojourn'

const [url, id, writes] = process.argv.slice(2) as [string, string, string]
const client = await createClient({ url }).connect()
const store = new RedisSessionStore({ client })

for (let n = 1; n <= Number(writes); n++) {
  await delay(5) // so that the reader knows the session again
  await store.updateSession(id, { n: String(n) })
  console.log(String(process.hrtime.bigint()))
}
client.destroy()
