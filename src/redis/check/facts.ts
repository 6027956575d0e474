/** What a master says of itself, as far as it may be asked. */
import { StoreUnavailableError } from '../../errors.ts'
import { isReply } from '../failure.ts'
import type { Master, RedisReply } from '../port.ts'
import { type Permissions, permissionsOn } from './permissions.ts'

export interface Facts {
  /** The lines of INFO by name; `null` when Redis refuses to say. */
  readonly info: Info | null
  /** The setting `save`; `null` when Redis refuses to say. */
  readonly save: string | null
  /** Whether client and server have the same address, so that nothing travels; `null` when Redis refuses to say. */
  readonly isLocal: boolean | null
  readonly isEncrypted: boolean | null
  readonly missingForFailover: Master['missingForFailover']
  /** Milliseconds by which Redis's clock is ahead of this process's. */
  readonly ahead: number | null
  /** The lines of CLUSTER INFO; `null` without a cluster, or when Redis refuses to say. */
  readonly cluster: Info | null
  readonly permissions: Permissions
  readonly clientIsCluster: boolean
}

export type Info = ReadonlyMap<string, string>

export interface Asked {
  readonly clientIsCluster: boolean
  /** A key as the store would use it. */
  readonly key: string
  readonly commands: readonly string[]
}

/** @throws {StoreUnavailableError} when Redis cannot be asked at all */
export async function factsOf(master: Master, { clientIsCluster, key, commands }: Asked): Promise<Facts> {
  const ask = (...args: string[]) => unlessRefused(master.command(args))
  const info = linesOf(await ask('INFO'))
  const save = await ask('CONFIG', 'GET', 'save')
  const client = await ask('CLIENT', 'INFO')
  const cluster = info?.get('cluster_enabled') === '1' ? await ask('CLUSTER', 'INFO') : null
  return {
    info,
    save: Array.isArray(save) ? String(save[1] ?? '') : null,
    isLocal: typeof client === 'string' ? sameAddress(client) : null,
    isEncrypted: master.isEncrypted,
    missingForFailover: master.missingForFailover,
    ahead: await clockOf(master),
    cluster: linesOf(cluster),
    permissions: await permissionsOn(ask, key, commands),
    clientIsCluster,
  }
}

/** `null` for what Redis refuses; any other failure is one. */
async function unlessRefused(reply: Promise<RedisReply>): Promise<RedisReply> {
  try {
    return await reply
  } catch (error) {
    if (error instanceof StoreUnavailableError && isReply(error.cause)) return null
    throw error
  }
}

async function clockOf(master: Master): Promise<number | null> {
  const sent = Date.now()
  const time = await unlessRefused(master.command(['TIME']))
  if (!Array.isArray(time)) return null
  return Number(time[0]) * 1000 + Number(time[1]) / 1000 - (sent + Date.now()) / 2
}

function linesOf(reply: RedisReply): Info | null {
  if (typeof reply !== 'string') return null
  const lines = reply.split('\r\n').filter((line) => line.includes(':'))
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]))
}

/** Whether a line of CLIENT INFO has one address for both ends, or a socket of the file system. */
function sameAddress(client: string): boolean {
  const host = (name: string) => new RegExp(` ${name}=(\\S*):\\d+`).exec(client)?.[1]
  return host('addr') === host('laddr') || host('addr')?.startsWith('/') === true
}
