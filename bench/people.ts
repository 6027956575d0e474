/**
 * `npm run bench:people [sessions]`: what indexes cost a write and in memory, what they save a question, and whether any of it
 * grows with the number of sessions (1,000,000 unless told otherwise).
 */
import { startRedis } from '../test/support/redis/server.ts'
import { connect } from './client.ts'
import { table } from './measure.ts'
import { costInMemory } from './people/memory.ts'
import { costOfQuestions } from './people/questions.ts'
import { costOfWrites } from './people/writes.ts'

const MANY = Number(process.argv[2] ?? 1_000_000)
const FEW = 1000

const redis = await startRedis()
const client = await connect(redis.url)

console.log(await costOfWrites(client))
console.log(`\n${await costInMemory(client)}\n`)
await costOfQuestions(client, FEW) // warms up
const few = await costOfQuestions(client, FEW)
const many = await costOfQuestions(client, MANY)
const milliseconds = (value: number) => `${value.toFixed(value < 10 ? 2 : 0)} ms`
const rows = Object.keys(few).map((name) => {
  const [before, after] = [few[name] as number, many[name] as number]
  return [name, milliseconds(before), milliseconds(after), `${(after / before).toFixed(2)} ×`]
})
const among = (sessions: number) => `among ${sessions.toLocaleString('en')}`
console.log(table(['operation', among(FEW), among(MANY), 'growth'], rows))

await client.close()
await redis.stop()
