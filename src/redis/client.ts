import { UnsupportedClientError } from '../errors.ts'
import { show } from '../show.ts'
import { ioredisPort, isIoredis } from './clients/ioredis.ts'
import { isNodeRedis, nodeRedisPort } from './clients/node-redis.ts'
import type { RedisPort } from './port.ts'

/**
 * Wraps the client that the application already has. The application keeps it: it connects it and closes it.
 *
 * @throws {UnsupportedClientError} for anything but the clients named in the message
 */
export function redisPort(client: unknown): RedisPort {
  if (isNodeRedis(client)) return nodeRedisPort(client)
  if (isIoredis(client)) return ioredisPort(client)
  throw new UnsupportedClientError(
    `client must come from createClient, createCluster or createSentinel of redis 6, or be a Redis or Cluster of ioredis 6, got ${show(client)}`,
  )
}
