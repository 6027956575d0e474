/** `npm run bench:store`: sojourn's store against two others, on one private Redis, over one client. */
import { startRedis } from '../test/support/redis/server.ts'
import { connect } from './client.ts'
import { table, takeTurns } from './measure.ts'
import { connectRedisSuite, guideSuite, OPERATIONS, type Suite, sojournSuite } from './store/contenders.ts'
import { costOf } from './store/server-cost.ts'

const redis = await startRedis()
const client = await connect(redis.url)
const suites = [await sojournSuite(client), await guideSuite(client), await connectRedisSuite(client)]

const rows: string[][] = []
for (const operation of OPERATIONS) {
  const contenders = suites.map((suite) => ({ name: suite.name, run: suite.operations[operation] }))
  const timings = await takeTurns(contenders, { rounds: 5, operations: 8000 })
  const [ours] = timings
  for (const [i, contender] of contenders.entries()) {
    const timing = timings[i]
    if (ours === undefined || timing === undefined) continue
    const cost = await costOf(client, contender.run)
    rows.push([
      i === 0 ? `**${operation}**` : '',
      contender.name,
      `${timing.latency.toFixed(0)} µs`,
      `${(ours.latency / timing.latency).toFixed(2)}`,
      Math.round(timing.throughput).toLocaleString('en'),
      `${(ours.throughput / timing.throughput).toFixed(2)}`,
      cost.commands.toFixed(2),
      `${cost.cpu.toFixed(1)} µs`,
    ])
  }
}

const memory = await Promise.all(suites.map(({ key }: Suite) => client.memoryUsage(key)))
console.log(
  table(
    ['operation', 'store', 'latency', 'ours ÷ it', 'op/s, 64 in flight', 'ours ÷ it', 'commands', 'Redis CPU'],
    rows,
  ),
)
console.log()
console.log(
  table(
    ['memory of one session', 'bytes'],
    suites.map(({ name }, i) => [name, String(memory[i])]),
  ),
)

await client.close()
await redis.stop()
