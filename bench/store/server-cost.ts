import type { BenchClient } from '../client.ts'

export interface ServerCost {
  /** Commands sent for one operation. */
  readonly commands: number
  /** Microseconds of Redis's own time for one operation, user and system. */
  readonly cpu: number
}

const OPERATIONS = 4000

/** What one operation costs the server, by its own account (INFO commandstats, used_cpu). */
export async function costOf(client: BenchClient, run: (turn: number) => Promise<unknown>): Promise<ServerCost> {
  await client.configResetStat()
  const before = await usedCpu(client)
  for (let turn = 0; turn < OPERATIONS; turn += 16) {
    await Promise.all(Array.from({ length: 16 }, (_, i) => run(turn + i)))
  }
  const after = await usedCpu(client)
  return { commands: (await sentCommands(client)) / OPERATIONS, cpu: ((after - before) * 1e6) / OPERATIONS }
}

async function usedCpu(client: BenchClient): Promise<number> {
  const info = await client.info('cpu')
  const seconds = (name: string) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1])
  return seconds('used_cpu_user') + seconds('used_cpu_sys')
}

/** Commands that clients sent; those that scripts call are counted by Redis too, so scripts count as the one they are. */
async function sentCommands(client: BenchClient): Promise<number> {
  const info = await client.info('commandstats')
  const calls = new Map([...info.matchAll(/cmdstat_([\w|]+):calls=(\d+)/g)].map(([, name, n]) => [name, Number(n)]))
  const scripts = (calls.get('evalsha') ?? 0) + (calls.get('eval') ?? 0)
  if (scripts > 0) return scripts
  return [...calls]
    .filter(([name]) => !['info', 'config|resetstat'].includes(name ?? ''))
    .reduce((sum, [, n]) => sum + n, 0)
}
