/**
 * Holds a Node response back until the session is saved: the first byte waits, whichever way it would be sent. What the
 * handler writes meanwhile is queued in order, and the backpressure it sees is that of a full stream.
 */
import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { errorStatus } from '../http/errors.ts'
import { isHttp2, NodeHeaders } from '../http/node-message.ts'
import type { OpenSession } from '../http/open-session.ts'
import { removeRepresentation } from '../http/representation.ts'
import { Slot } from '../http/slot.ts'
import { type Call, WaitingCalls, whenOver } from '../http/waiting-calls.ts'

/**
 * Saves the session before the response begins, and what changes afterwards before it ends. `fail` answers the request
 * when the first of these fails; the response is then as if nothing had been written to it. When the second fails, the
 * response is cut off. What changes later still, or in a response that is never ended, is saved when it closes. One hold
 * serves all the sessions of a response.
 */
export function holdResponse(response: ServerResponse, open: Saved, fail: (error: unknown) => void): HeldResponse {
  const held = holds.get(response) ?? new HeldResponse(response)
  held.add({ open, fail })
  return held
}

const holds = new Slot<ServerResponse, HeldResponse>()

/** What a hold has to do with a session. */
type Saved = Pick<OpenSession<null>, 'isSettled' | 'commit' | 'hasWrittenHeaders' | 'writeHeaders' | 'lateListener'>

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
  /** The methods as they were before. */
  readonly #own: Methods
  readonly #on: ServerResponse['on']
  #sources: Set<Readable> | null = null
  /** Calls that wait for the sessions to be saved; `null` when none have to. */
  #waiting: WaitingCalls | null = null
  #begun = false
  #owesDrain = false
  #gaveUp = false
  #awaitsLate = false

  constructor(response: ServerResponse) {
    this.#response = response
    this.#on = response.on
    this.#own = this.#takeOver(response)
    holds.set(response, this)
  }

  add(session: Held): void {
    session.open.lateListener = this
    this.#sessions.push(session)
  }

  /** Whether the response that the handler began is no longer sent, and `fail` has answered in its place. */
  get hasGivenUp(): boolean {
    return this.#gaveUp
  }

  /** One set of functions serves all responses, each by its own hold: closures would be made anew for each of them. */
  #takeOver(response: ServerResponse): Methods {
    const { writeHead, write, end, flushHeaders } = response as unknown as Methods
    response.on('pipe', noteSource)
    Object.assign(response, HELD)
    return { writeHead, write, end, flushHeaders }
  }

  noteSource(source: Readable): void {
    this.#sources ??= new Set()
    this.#sources.add(source)
  }

  writeHead(args: WriteHeadArguments): unknown {
    const response = this.#response
    return this.#headIsComplete ? this.#own.writeHead.apply(response, args) : noteHead(response, args)
  }

  write(args: unknown[]): unknown {
    const response = this.#response
    if (this.#passes(this.#begun)) return this.#own.write.apply(response, args)
    this.#owesDrain = true
    this.#whenSaved({ name: 'write', args })
    return false
  }

  flushHeaders(): void {
    const response = this.#response
    if (this.#passes(this.#begun)) this.#own.flushHeaders.call(response)
    else this.#whenSaved({ name: 'flushHeaders', args: [] })
  }

  end(args: unknown[]): ServerResponse {
    const response = this.#response
    if (this.#passes(false)) this.#own.end.apply(response, args)
    else this.#whenSaved({ name: 'end', args })
    return response
  }

  /** Whether the sessions have said what they have to: here, or in a hook of the framework. */
  get #headIsComplete(): boolean {
    for (const { open } of this.#sessions) if (!open.hasWrittenHeaders) return false
    return true
  }

  #begin(): void {
    if (this.#begun) return
    this.#begun = true
    const headers = new NodeHeaders(this.#response)
    for (const { open } of this.#sessions) open.writeHeaders(headers)
  }

  /** Whether a call need not wait. One that does not end a response in progress never does. */
  #passes(inProgress: boolean): boolean {
    if (this.#waiting !== null || !(inProgress || this.#unsettled === undefined)) return false
    this.#begin()
    return true
  }

  get #unsettled(): Held | undefined {
    for (const held of this.#sessions) if (!held.open.isSettled) return held
    return undefined
  }

  /** What changes in a response that nothing may save any more is saved when that is over: once for all that changes till then. */
  changedLate(): void {
    if (this.#awaitsLate) return
    this.#awaitsLate = true
    // After those who hear of it, too, that the client has gone: they may note something of it.
    whenOver(this.#response, () => setImmediate(() => this.#saveLate()))
  }

  #saveLate(): void {
    this.#awaitsLate = false
    for (const { open } of this.#sessions) {
      if (open.hasWrittenHeaders && !open.isSettled) open.commit().catch(() => {}) // which tells of it itself
    }
  }

  #whenSaved(call: Call): void {
    if (this.#waiting === null) void this.#save()
    this.#waiting?.add(call)
  }

  async #save(): Promise<void> {
    const waiting = new WaitingCalls(this.#response)
    this.#waiting = waiting
    const failure = await this.#commit()
    this.#waiting = null
    const calls = waiting.takeAll()
    if (failure === null) this.#flush(calls)
    else this.#giveUp(failure, calls)
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

  #flush(calls: readonly Call[]): void {
    const response = this.#response
    let sent = 0
    try {
      this.#begin()
      for (const { name, args } of calls) {
        this.#own[name].apply(response, args)
        sent += 1
      }
    } catch (error) {
      // Node refuses to send this, as it would have told the handler if the call had not had to wait.
      this.#giveUp({ error, fail: (this.#sessions[0] as Held).fail }, calls.slice(sent))
      return
    }
    if (this.#owesDrain && !response.writableEnded) response.emit('drain')
    this.#owesDrain = false
  }

  #giveUp({ error, fail }: Failure, dropped: readonly Call[]): void {
    const response = this.#response
    this.#gaveUp = true
    // Not before the error has its answer: a handler that ends with this error would answer it once more.
    whenOver(response, () => {
      for (const call of dropped) tellOf(error, call)
    })
    if (response.headersSent) {
      response.destroy()
      return
    }
    // Whoever wrapped the response after this hold may take it for ended, and would keep the error's answer back.
    Object.assign(response, HELD, { on: this.#on })
    for (const source of this.#sources ?? []) abandon(source, response)
    removeRepresentation((name) => response.removeHeader(name))
    // The handler may go on writing to a response that is no longer its own: whatever comes of that is no success.
    response.statusCode = errorStatus(error)
    if (!isHttp2(response)) response.statusMessage = ''
    response.on('error', () => {})
    fail(error)
  }
}

/** A call that is not made calls back with the error; as Node does, outside of whatever runs now. */
function tellOf(error: unknown, { args }: Call): void {
  const callback = args.find((arg) => typeof arg === 'function')
  if (callback !== undefined) process.nextTick(callback as (error: unknown) => void, error)
}

type Methods = Record<'writeHead' | 'write' | 'end' | 'flushHeaders', (...args: unknown[]) => unknown>

const HELD = {
  writeHead(this: ServerResponse, ...args: WriteHeadArguments): unknown {
    return holdOf(this).writeHead(args)
  },
  write(this: ServerResponse, ...args: unknown[]): unknown {
    return holdOf(this).write(args)
  },
  flushHeaders(this: ServerResponse): void {
    holdOf(this).flushHeaders()
  },
  end(this: ServerResponse, ...args: unknown[]): ServerResponse {
    return holdOf(this).end(args)
  },
}

function noteSource(this: ServerResponse, source: Readable): void {
  holdOf(this).noteSource(source)
}

function holdOf(response: ServerResponse): HeldResponse {
  return holds.get(response) as HeldResponse
}

type WriteHeadArguments = [
  status: number,
  ...rest: (string | OutgoingHttpHeaders | OutgoingHttpHeader[] | null | undefined)[],
]

/** `writeHead` sends nothing by itself, so it can wait for the first write by leaving its arguments on the response. */
function noteHead(response: ServerResponse, [status, ...rest]: WriteHeadArguments): ServerResponse {
  const pairs = headerPairs(rest.find((part) => typeof part === 'object' && part !== null))
  for (const [name, value] of pairs) response.setHeader(name, value)
  response.statusCode = status
  if (typeof rest[0] === 'string' && !isHttp2(response)) response.statusMessage = rest[0]
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

/** What would have been piped into the response is not read to its end, nor left open. */
function abandon(source: Readable, response: ServerResponse): void {
  source.unpipe(response)
  whenOver(response, () => source.destroy())
}
