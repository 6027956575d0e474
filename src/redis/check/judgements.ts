/** What the facts mean for sessions. Pure: one judgement for each thing that was looked at. */
import type { FailoverOption } from '../port.ts'
import type { Facts } from './facts.ts'
import type { FindingCode, FindingSeverity, Judgement } from './finding.ts'

const OLDEST_VERSION = 7
const CLOCK_TOLERANCE_MS = 5000

export function judge(facts: Facts): Judgement[] {
  const judgements = [
    version(facts),
    permissions(facts),
    eviction(facts),
    persistence(facts),
    replication(facts),
    failover(facts),
    encryption(facts),
    clock(facts),
    cluster(facts),
  ]
  return judgements.filter((judgement) => judgement !== null)
}

function version({ info }: Facts): Judgement {
  const found = info?.get('redis_version')
  if (found === undefined) return unasked('version', 'its version')
  if (Number.parseInt(found, 10) >= OLDEST_VERSION) return say('version', 'ok', `Redis is version ${found}.`)
  return say('version', 'warning', `Redis is version ${found}; the store is made for ${OLDEST_VERSION}.0 and later.`)
}

function permissions({ permissions: missing }: Facts): Judgement {
  if (missing === 'unknown') {
    return say('permissions', 'unknown', 'Redis cannot say which commands its user may run before version 7.0.11.')
  }
  if (missing === 'no scripts') {
    return say('permissions', 'critical', 'The user may not run EVAL, with which every step of the store is made.')
  }
  if (missing.length === 0) return say('permissions', 'ok', 'The user may run all commands that the store needs.')
  return say('permissions', 'critical', `The user may not run ${missing.join(', ')} on the keys of the store.`)
}

function eviction({ info }: Facts): Judgement {
  const policy = info?.get('maxmemory_policy')
  if (policy === undefined) return unasked('eviction', 'its maxmemory-policy')
  const isLimited = info?.get('maxmemory') !== '0'
  if (policy !== 'noeviction') {
    const when = isLimited ? 'at maxmemory' : 'if a maxmemory is set'
    const message = `maxmemory-policy is ${policy}: ${when}, Redis drops live sessions. Set it to noeviction.`
    return say('eviction', isLimited ? 'critical' : 'warning', message)
  }
  if (isLimited) return say('eviction', 'ok', 'At maxmemory, Redis refuses new sessions and keeps those it has.')
  return say('eviction', 'notice', 'No maxmemory is set: Redis grows until the system has no memory left.')
}

function persistence({ info, save }: Facts): Judgement {
  const appends = info?.get('aof_enabled')
  if (info === null || appends === undefined) return unasked('persistence', 'how it keeps its data')
  if (info.get('rdb_last_bgsave_status') === 'err' || info.get('aof_last_write_status') === 'err') {
    return say('persistence', 'critical', 'Redis could not write to its disk the last time, and may refuse changes.')
  }
  if (appends === '1') return say('persistence', 'ok', 'Redis appends each change to a file.')
  if (save === null) return unasked('persistence', 'whether it takes snapshots')
  if (save === '') return say('persistence', 'warning', 'Redis keeps nothing on disk: a restart ends every session.')
  return say(
    'persistence',
    'warning',
    'Redis only takes snapshots: after a crash, sessions begun since the last one are gone, and those ended since are back. Set appendonly yes.',
  )
}

function replication({ info }: Facts): Judgement {
  const role = info?.get('role')
  if (info === null || role === undefined) return unasked('replication', 'its role')
  if (role !== 'master')
    return say('replication', 'critical', 'The client is connected to a replica, which refuses changes.')
  const replicas = Number(info.get('connected_slaves'))
  if (replicas === 0) return say('replication', 'notice', 'No replica is connected: nothing can take over.')
  // Redis has this line only when both min-replicas-to-write and min-replicas-max-lag are set.
  if (info.has('min_slaves_good_slaves')) {
    return say('replication', 'ok', `${replicas} replicas are connected, and changes are refused when too few keep up.`)
  }
  return say(
    'replication',
    'warning',
    'A master that is cut off from its replicas goes on accepting changes, which the failover then drops, logouts too. Set min-replicas-to-write.',
  )
}

const WITHOUT: Record<FailoverOption, string> = {
  failoverDetector:
    'The client stays with a master that Sentinel has replaced as long as that lives, and what it is told is then dropped. Set failoverDetector: true.',
  sentinelCommandTimeout:
    'The client waits for ever for a sentinel that takes its connection and says nothing, and asks no other. Set sentinelCommandTimeout.',
}

function failover({ missingForFailover }: Facts): Judgement | null {
  if (missingForFailover === null) return null
  const [missing] = missingForFailover
  if (missing !== undefined) return say('failover', 'warning', WITHOUT[missing])
  return say('failover', 'ok', 'The client leaves a master that Sentinel has replaced.')
}

function encryption({ isEncrypted, isLocal }: Facts): Judgement {
  if (isEncrypted === true) return say('encryption', 'ok', 'The connection is encrypted.')
  if (isLocal === true) return say('encryption', 'ok', 'Redis is on the same machine.')
  if (isEncrypted === null) return say('encryption', 'unknown', 'The client does not say whether it speaks TLS.')
  return say('encryption', 'notice', 'The connection is not encrypted: whoever listens on the way reads every session.')
}

function clock({ ahead }: Facts): Judgement {
  if (ahead === null) return unasked('clock', 'the time')
  if (Math.abs(ahead) <= CLOCK_TOLERANCE_MS) {
    return say('clock', 'ok', 'The clocks of Redis and of this process agree.')
  }
  const [seconds, direction] = [Math.round(Math.abs(ahead) / 1000), ahead > 0 ? 'ahead of' : 'behind']
  return say(
    'clock',
    'warning',
    `The clock of Redis is ${seconds} s ${direction} that of this process. Sessions live by the former, so the times in them look wrong here.`,
  )
}

function cluster({ info, cluster: state, clientIsCluster }: Facts): Judgement | null {
  if (info?.get('cluster_enabled') !== '1') return null
  if (!clientIsCluster) {
    return say('cluster', 'critical', 'Redis is a node of a cluster, and the client is not one for clusters.')
  }
  if (state === null) return unasked('cluster', 'the state of its cluster')
  if (state.get('cluster_state') !== 'ok' || state.get('cluster_slots_ok') !== '16384') {
    const slots = state.get('cluster_slots_ok') ?? 'an unknown number'
    return say('cluster', 'critical', `The cluster does not serve all keys: ${slots} of 16384 slots are well.`)
  }
  return say('cluster', 'ok', 'The cluster serves all its slots.')
}

function unasked(code: FindingCode, what: string): Judgement {
  return say(code, 'unknown', `Redis does not let its user ask for ${what}.`)
}

function say(code: FindingCode, severity: FindingSeverity, message: string): Judgement {
  return { code, severity, message }
}
