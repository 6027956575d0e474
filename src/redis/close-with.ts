/** An application that closes its client is done with what was opened beside it, and may want to exit; or connects it again. */

interface Closable {
  readonly isOpen?: boolean
  readonly status?: string
  on(event: string, listener: () => void): unknown
}

interface Beside {
  close(): unknown
  /** Opens it again when the client is connected; does nothing when it is open. */
  reopen?(): void
}

/** What is open beside a client: it is listened to once, however much that is. */
const beside = new WeakMap<object, Set<Beside>>()

/** Closes something when the client is closed. Returns how to forget that. */
export function closeWith(client: object, one: Beside): () => void {
  const all = beside.get(client) ?? listenTo(client)
  beside.set(client, all.add(one))
  return () => all.delete(one)
}

function listenTo(client: object): Set<Beside> {
  const closable = client as Closable
  const all = new Set<Beside>()
  for (const event of ['end', 'disconnect']) {
    closable.on(event, () => {
      if (closable.isOpen !== false && closable.status !== 'end') return
      for (const one of all) one.close()
    })
  }
  for (const event of ['connect', 'ready']) {
    closable.on(event, () => {
      for (const one of all) one.reopen?.()
    })
  }
  return all
}
