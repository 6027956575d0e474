/** Which commands an ACL user lacks, found without running them (https://redis.io/docs/latest/develop/programmability/lua-api/#redis.acl_check_cmd). */
import type { RedisReply } from '../port.ts'

/** Commands that are not allowed, or why that is not known. */
export type Permissions = readonly string[] | 'no scripts' | 'unknown'

/** What the steps on a session take. */
export const SESSION_COMMANDS: readonly string[] = words(`
  DEL EVAL EVALSHA EXISTS EXPIRE HDEL HEXISTS HGET HGETALL HINCRBY HMGET HSET PEXPIRE PEXPIREAT PTTL TIME TYPE`)

/** What the steps on an index take as well. */
export const INDEX_COMMANDS: readonly string[] = words('ZADD ZCARD ZRANGE ZREM ZREVRANGE ZREVRANGEBYSCORE ZSCORE')

function words(list: string): string[] {
  return list.trim().split(' ')
}

/** Arguments with which each command is asked for: the key stands where the command has it. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = { TIME: [], EVAL: ['', '0'], EVALSHA: ['', '0'] }

const SCRIPT = `
if not redis.acl_check_cmd then return 'unknown' end
local missing = {}
for _, command in ipairs(cjson.decode(ARGV[1])) do
  if not redis.acl_check_cmd(unpack(command)) then missing[#missing + 1] = command[1] end
end
return missing`

export async function permissionsOn(
  ask: (...args: string[]) => Promise<RedisReply>,
  key: string,
  commands: readonly string[],
): Promise<Permissions> {
  const calls = commands.map((command) => [command, ...(ARGUMENTS[command] ?? [key, '1', '1', '1'])])
  const reply = await ask('EVAL', SCRIPT, '0', JSON.stringify(calls))
  if (reply === null) return 'no scripts'
  return Array.isArray(reply) ? (reply as string[]) : 'unknown'
}
