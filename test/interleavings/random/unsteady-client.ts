/** A client of a server that is slow at times, and may die: then nothing that it sends arrives, cleaning up included. */
import { Chance } from './chance.ts'
import { turns } from './turns.ts'

export interface Unsteadiness {
  readonly seed: number
  /** Each command waits for up to so many turns of the event loop before it is sent. */
  readonly lag: number
  /** After how many commands the server dies; `unheard`: the last one still arrives, but its reply does not. */
  readonly death: { readonly commands: number; readonly unheard: boolean } | null
}

interface Sender {
  sendCommand(...args: never[]): Promise<unknown>
}

export function unsteadyClient<T extends object>(client: T, { seed, lag, death }: Unsteadiness): T {
  const chance = new Chance(seed)
  const sender = client as unknown as Sender
  let sent = 0
  const send = async (...args: never[]) => {
    await turns(chance.below(lag + 1))
    sent += 1
    const isAlive = death === null || sent <= death.commands
    const isLast = death?.unheard === true && sent === death.commands + 1
    if (!isAlive && !isLast) throw new Error('died')
    const reply = await sender.sendCommand(...args)
    if (isLast) throw new Error('died')
    return reply
  }
  return new Proxy(client, {
    get(target, name) {
      if (name === 'sendCommand') return send
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}
