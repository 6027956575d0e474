/**
 * Holds a Node response back until the session is saved: the first byte waits, whichever way it would be sent. What the
 * handler writes meanwhile is queued in order, and the backpressure it sees is that of a full stream.
 */
import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { nodeHeaders } from '../http/node-message.ts'
import type { OpenSession } from '../http/open-session.ts'
import { removeRepresentation } from '../http/representation.ts'
import { Slot } from '../http/slot.ts'

/**
 * Saves the session before the response begins, and what changes afterwards before it ends. `fail` answers the request
 * when the first of these fails; the response is then as if nothing had been written to it. When the second fails, the
 * response is cut off. One hold serves all the sessions of a response.
 */
export function holdResponse(response: ServerResponse, open: Saved, fail: (error: unknown) => void): HeldResponse {
  const held = holds.get(response) ?? new HeldResponse(response)
  held.add({ open, fail })
  return held
}

const holds = new Slot<ServerResponse, HeldResponse>()

/** What a hold has to do with a session. */
type Saved = Pick<OpenSession<null>, 'isSettled' | 'commit' | 'hasWrittenHeaders' | 'writeHeaders'>

interface Held {
  readonly open: Saved
  readonly fail: (error: unknown) => void
}

interface Failure {
  readonly error: unknown
  readonly fail: (error: unknown) => void
}

export class HeldResponse {
  readonly #response: ServerResponse
  readonly #sessions: Held[] = []
  readonly #sources = new Set<Readable>()
  /** Calls that wait for the sessions to be saved; `null` when none have to. */
  #queue: (() => unknown)[] | null = null
  #begun = false
  #owesDrain = false
  #gaveUp = false

  constructor(response: ServerResponse) {
    this.#response = response
    this.#takeOver(response)
    holds.set(response, this)
  }

  add(session: Held): void {
    this.#sessions.push(session)
  }

  /** Whether the response that the handler began is no longer sent, and `fail` has answered in its place. */
  get hasGivenUp(): boolean {
    return this.#gaveUp
  }

  #takeOver(response: ServerResponse): void {
    const { writeHead, write, end, flushHeaders } = response as unknown as Methods
    response.on('pipe', (source: Readable) => this.#sources.add(source))
    Object.assign(response, {
      writeHead: (...args: WriteHeadArguments) =>
        this.#headIsComplete ? writeHead.apply(response, args) : noteHead(response, args),
      write: (...args: unknown[]) => {
        if (this.#passes(this.#begun)) return write.apply(response, args)
        this.#owesDrain = true
        this.#whenSaved(() => write.apply(response, args))
        return false
      },
      flushHeaders: () => {
        if (this.#passes(this.#begun)) flushHeaders.call(response)
        else this.#whenSaved(() => flushHeaders.call(response))
      },
      end: (...args: unknown[]) => {
        if (this.#passes(false)) end.apply(response, args)
        else this.#whenSaved(() => end.apply(response, args))
        return response
      },
    })
  }

  /** Whether the sessions have said what they have to: here, or in a hook of the framework. */
  get #headIsComplete(): boolean {
    return this.#sessions.every(({ open }) => open.hasWrittenHeaders)
  }

  #begin(): void {
    if (this.#begun) return
    this.#begun = true
    for (const { open } of this.#sessions) open.writeHeaders(nodeHeaders(this.#response))
  }

  /** Whether a call need not wait. One that does not end a response in progress never does. */
  #passes(inProgress: boolean): boolean {
    if (this.#queue !== null || !(inProgress || this.#unsettled === undefined)) return false
    this.#begin()
    return true
  }

  get #unsettled(): Held | undefined {
    return this.#sessions.find(({ open }) => !open.isSettled)
  }

  #whenSaved(call: () => unknown): void {
    if (this.#queue === null) void this.#save()
    this.#queue?.push(call)
  }

  async #save(): Promise<void> {
    this.#queue = []
    const reopen = closeHead(this.#response)
    const failure = await this.#commit()
    reopen()
    if (failure === null) this.#flush()
    else this.#giveUp(failure)
  }

  async #commit(): Promise<Failure | null> {
    for (let next = this.#unsettled; next !== undefined; next = this.#unsettled) {
      try {
        await next.open.commit()
      } catch (error) {
        return { error, fail: next.fail }
      }
    }
    return null
  }

  #flush(): void {
    const calls = this.#queue ?? []
    this.#queue = null
    try {
      this.#begin()
      for (const call of calls) call()
    } catch (error) {
      // Node refuses to send this, as it would have told the handler if the call had not had to wait.
      this.#giveUp({ error, fail: (this.#sessions[0] as Held).fail })
      return
    }
    if (this.#owesDrain && !this.#response.writableEnded) this.#response.emit('drain')
    this.#owesDrain = false
  }

  #giveUp({ error, fail }: Failure): void {
    const response = this.#response
    this.#queue = null
    this.#gaveUp = true
    if (response.headersSent) {
      response.destroy()
      return
    }
    for (const source of this.#sources) abandon(source, response)
    removeRepresentation((name) => response.removeHeader(name))
    response.statusCode = 200
    response.statusMessage = ''
    // The handler may go on writing to a response that is no longer its own.
    response.on('error', () => {})
    fail(error)
  }
}

type Methods = Record<'writeHead' | 'write' | 'end' | 'flushHeaders', (...args: unknown[]) => unknown>

type WriteHeadArguments = [status: number, ...rest: (string | OutgoingHttpHeaders | OutgoingHttpHeader[] | undefined)[]]

/** `writeHead` sends nothing by itself, so it can wait for the first write by leaving its arguments on the response. */
function noteHead(response: ServerResponse, [status, ...rest]: WriteHeadArguments): ServerResponse {
  const pairs = headerPairs(rest.find((part) => typeof part === 'object'))
  for (const [name, value] of pairs) response.setHeader(name, value)
  response.statusCode = status
  if (typeof rest[0] === 'string') response.statusMessage = rest[0]
  return response
}

/** The headers that `writeHead` takes: an object, a list of pairs, or a flat list that may name one several times. */
function headerPairs(headers: unknown): Iterable<[string, string | number | string[]]> {
  if (!Array.isArray(headers)) return Object.entries((headers ?? {}) as Record<string, string>)
  const flat = Array.isArray(headers[0]) ? headers.flat() : headers
  const pairs = new Map<string, string[]>()
  for (let i = 0; i + 1 < flat.length; i += 2) {
    pairs.set(flat[i], [...(pairs.get(flat[i]) ?? []), flat[i + 1]].flat())
  }
  return pairs
}

/**
 * A head that waits to be sent counts as sent: a handler that answers twice gets the error that Node gives it, and not the
 * headers of one answer over the body of another. Returns what undoes that, for the wait to end.
 */
function closeHead(response: ServerResponse): () => void {
  const { statusCode, statusMessage, writeHead, setHeader, appendHeader, removeHeader, setHeaders } = response
  const refuse = () => {
    throw Object.assign(new Error('Cannot change headers after they are sent to the client'), {
      code: 'ERR_HTTP_HEADERS_SENT',
    })
  }
  const refused = {
    writeHead: refuse,
    setHeader: refuse,
    appendHeader: refuse,
    removeHeader: refuse,
    setHeaders: refuse,
  }
  Object.assign(response, refused)
  Object.defineProperty(response, 'headersSent', { value: true, configurable: true })
  return () => {
    delete (response as { headersSent?: boolean }).headersSent
    const kept = { statusCode, statusMessage, writeHead, setHeader, appendHeader, removeHeader, setHeaders }
    Object.assign(response, kept)
  }
}

/** What would have been piped into the response is not read to its end, nor left open. */
function abandon(source: Readable, response: ServerResponse): void {
  source.unpipe(response)
  response.once('close', () => source.destroy())
}
