/**
 * ioredis keeps commands while it is not connected and sends them when it is, even if nobody waits any more; and it sends
 * again what was under way when a connection was lost, even if Redis had done it. Both are switches of the client, and it
 * is the application's. So each of our commands is asked, at the moment in which the client writes it, whether it may go.
 */
import { UnsupportedClientError } from '../../errors.ts'
import { isReply } from '../failure.ts'
import type { RedisReply, Withdrawal } from '../port.ts'

/** As much of ioredis's `Command` as we touch. */
export interface Command {
  readonly promise: Promise<RedisReply>
  readonly isSettled: boolean
  reject(error: Error): void
  /** What the client writes to the socket, each time it does. */
  toWritable(socket: unknown): string | Buffer
}

export interface Redis {
  readonly options: {
    keyPrefix?: string
    stringNumbers?: boolean
    scaleReads?: unknown
    host?: string
    port?: number
    tls?: object
    sentinels?: object
    enableTLSForSentinelMode?: boolean
    failoverDetector?: boolean
    sentinelCommandTimeout?: number
  }
  call(command: string, ...args: string[]): Promise<unknown>
  sendCommand(command: Command): Promise<RedisReply>
  disconnect(reconnect: boolean): void
}

export type MakeCommand = (args: readonly string[]) => Command

type CommandClass = new (name: string, args: readonly string[], options: { replyEncoding: 'utf8' }) => Command

/**
 * How commands of this client are made, without a pipeline, which would be sent again as a whole. Upper-case names reach the
 * server without the client's own reply transformers (HGETALL to an object).
 *
 * @throws {UnsupportedClientError}
 */
export function commandsOf(client: Redis): MakeCommand {
  const OwnCommand = commandClassOf(client)
  return ([name, ...args]) => new OwnCommand(name as string, args, { replyEncoding: 'utf8' })
}

/** Learned from a command that the client's class makes and nobody sends: ioredis itself is not imported. */
function commandClassOf(client: Redis): CommandClass {
  let made: object | undefined
  const sendCommand = (command: Command) => {
    made = command
  }
  try {
    Reflect.apply(Object.getPrototypeOf(client).call, { options: {}, sendCommand }, ['PING'])
  } catch {}
  if (made !== undefined && 'toWritable' in made) return made.constructor as CommandClass
  throw new UnsupportedClientError(
    'the client must be a Redis or Cluster of ioredis 6 itself, not an object around one',
  )
}

/** Stands in for a command that must not go: it does nothing, and its one reply keeps the connection in step. */
const NOTHING = '*1\r\n$4\r\nPING\r\n'

/** Sends a command that goes as long as somebody waits for it, and one that changes something only once. */
export function sendGuarded(client: Redis, command: Command, withdrawal: Withdrawal): Promise<RedisReply> {
  const { reject: giveUp, toWritable } = command
  const mustNotRepeat = () => withdrawal.sent && withdrawal.isChange
  withdrawal.sent = false
  command.toWritable = (socket) => {
    if (mustNotRepeat()) command.reject(new Error('the connection was lost before Redis answered'))
    if (command.isSettled || withdrawal.aborted) return NOTHING
    withdrawal.sent = true
    return toWritable.call(command, socket)
  }
  const reply = client.sendCommand(command)
  // A cluster's client has put its own `reject` here, which takes most failures to try again on another node. It may when
  // Redis refused the command (MOVED, ASK and their like), and when the command was not sent yet.
  const tryAgain = command.reject
  if (tryAgain !== giveUp) {
    command.reject = (error) => {
      if (isReply(error)) withdrawal.sent = false
      if (mustNotRepeat() || withdrawal.aborted) giveUp.call(command, error)
      else tryAgain.call(command, error)
    }
  }
  return reply
}
