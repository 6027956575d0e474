/** The settings that docs/clients.md advises for clients behind Sentinel. */

const LEAVES_SILENT = { pingInterval: 300, socket: { socketTimeout: 1000 } }

export const NODE_REDIS_BEHIND_SENTINEL = {
  sentinelClientOptions: LEAVES_SILENT,
  nodeClientOptions: LEAVES_SILENT,
  scanInterval: 5000,
  maxCommandRediscovers: 2,
}

export const IOREDIS_BEHIND_SENTINEL = {
  failoverDetector: true,
  sentinelCommandTimeout: 1000,
  sentinelReconnectStrategy: (attempt: number) => Math.min(attempt * 100, 1000),
}
