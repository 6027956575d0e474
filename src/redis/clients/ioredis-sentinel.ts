/**
 * ioredis with `failoverDetector: true` ends for good when it hears of a new master while it asks a sentinel who the master
 * is: it cancels what it was asking, and does not try again what was cancelled. Nobody wanted that.
 */

/** As much of ioredis's `Redis` as we touch. */
interface Redis {
  readonly options: { readonly sentinels?: object; readonly failoverDetector?: boolean }
  /** Whether the application closes it. */
  readonly manuallyClosing?: boolean
  /** What asks the sentinels, until it is done or cancelled. */
  readonly connector?: { readonly connecting?: boolean }
  on(event: string, listener: () => void): unknown
  connect(): Promise<unknown>
}

const watched = new WeakSet<object>()

/** Has such a client connect again. One that the application closed, or told to give up, stays closed. */
export function outliveFailovers(client: object): void {
  const redis = client as Redis
  const { sentinels, failoverDetector } = redis.options
  if (!sentinels || !failoverDetector || watched.has(redis)) return
  watched.add(redis)
  let isAsking = false
  for (const event of ['connecting', 'connect', 'close']) {
    redis.on(event, () => {
      isAsking = event === 'connecting'
    })
  }
  redis.on('end', () => {
    if (!isAsking || redis.manuallyClosing !== false || redis.connector?.connecting !== false) return
    redis.connect().catch(() => {}) // it tells by its events
  })
}
