/** The app processes: three that serve the same site, of which the first is never killed, so that its memory tells something. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

export interface Vitals {
  /** Bytes in use after a collection. */
  readonly heap: number
  readonly sockets: number
  readonly listeners: number
}

export class App {
  readonly #client: string
  readonly #redisUrl: string
  #process: ChildProcess | undefined
  origin = ''

  constructor(client: string, redisUrl: string) {
    this.#client = client
    this.#redisUrl = redisUrl
  }

  async start(): Promise<this> {
    this.#process = fork(new URL('./app.js', import.meta.url), [this.#client, this.#redisUrl], {
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

export function startApps(redisUrl: string): Promise<App[]> {
  return Promise.all(['node-redis', 'ioredis', 'node-redis'].map((client) => new App(client, redisUrl).start()))
}
