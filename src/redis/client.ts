import { UnsupportedClientError } from '../errors.ts'
import { show } from '../show.ts'
import type { LinkListener, TrackedLink } from './cache/link.ts'
import { ioredisPort, isIoredis, openIoredisLink, openIoredisSide } from './clients/ioredis.ts'
import { isNodeRedis, nodeRedisPort, openNodeRedisLink, openNodeRedisSide } from './clients/node-redis.ts'
import type { RedisPort } from './port.ts'
import type { SidePort } from './replication/fence.ts'

/**
 * Wraps the client that the application already has. The application keeps it: it connects it and closes it.
 *
 * @throws {UnsupportedClientError} for anything but the clients named in the message
 */
export function redisPort(client: unknown): RedisPort {
  if (isNodeRedis(client)) return nodeRedisPort(client)
  if (isIoredis(client)) return ioredisPort(client)
  throw unsupported(client)
}

/**
 * Opens a link for the local cache beside the application's client, which is closed by whoever opened it.
 *
 * @throws {UnsupportedClientError} for a client that cannot say what Redis invalidates
 */
export function openLink(client: unknown, listener: LinkListener): TrackedLink {
  if (isNodeRedis(client)) return openNodeRedisLink(client, listener)
  if (isIoredis(client)) return openIoredisLink(client, listener)
  throw unsupported(client)
}

/** Connects beside the application's client, with its settings; closed by whoever opened it. */
export function openSide(client: unknown): SidePort {
  if (isNodeRedis(client)) return openNodeRedisSide(client)
  if (isIoredis(client)) return openIoredisSide(client)
  throw unsupported(client)
}

function unsupported(client: unknown): UnsupportedClientError {
  return new UnsupportedClientError(
    `client must come from createClient, createCluster or createSentinel of redis 6, or be a Redis or Cluster of ioredis 6, got ${show(client)}`,
  )
}
