/** The app processes, which serve the same site. The first of each client is never killed, so that its memory tells something. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Address, ClientName } from './client.ts'

export interface Vitals {
  /** Bytes in use after a collection. */
  readonly heap: number
  readonly sockets: number
  readonly listeners: number
}

export class App {
  readonly client: ClientName
  readonly #address: Address
  #process: ChildProcess | undefined
  origin = ''

  constructor(client: ClientName, address: Address) {
    this.client = client
    this.#address = address
  }

  async start(): Promise<this> {
    this.#process = fork(new URL('./app.js', import.meta.url), [this.client, JSON.stringify(this.#address)], {
      execArgv: ['--expose-gc'],
    })
    const ended = once(this.#process, 'exit').then(() => Promise.reject(new Error('an app ended before it served')))
    const [{ port }] = (await Promise.race([once(this.#process, 'message'), ended])) as [{ port: number }]
    ended.catch(() => {}) // from now on its end is meant
    this.origin = `http://127.0.0.1:${port}`
    return this
  }

  /** Without a goodbye. */
  async kill(): Promise<void> {
    if (this.#process === undefined) return
    const gone = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await gone
  }

  async vitals(): Promise<Vitals> {
    const answer = once(this.#process as ChildProcess, 'message')
    this.#process?.send('vitals')
    return (await answer)[0] as Vitals
  }
}

const CLIENTS: readonly ClientName[] = ['node-redis', 'ioredis', 'node-redis']

export function startApps(address: Address): Promise<App[]> {
  return Promise.all(CLIENTS.map((client) => new App(client, address).start()))
}
