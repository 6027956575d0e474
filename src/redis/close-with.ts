/** An application that is done with its client is done with what was opened beside it, and may want to exit. */

interface Closable {
  readonly isOpen?: boolean
  readonly status?: string
  on(event: string, listener: () => void): unknown
}

/** What is to be closed with a client: it is listened to once, however much that is. */
const beside = new WeakMap<object, Set<() => unknown>>()

/** Closes something when the client is closed. Returns how to forget that. */
export function closeWith(client: object, close: () => unknown): () => void {
  const closes = beside.get(client) ?? listenTo(client)
  beside.set(client, closes.add(close))
  return () => closes.delete(close)
}

function listenTo(client: object): Set<() => unknown> {
  const closable = client as Closable
  const closes = new Set<() => unknown>()
  for (const event of ['end', 'disconnect']) {
    closable.on(event, () => {
      if (closable.isOpen !== false && closable.status !== 'end') return
      for (const close of closes) close()
    })
  }
  return closes
}
