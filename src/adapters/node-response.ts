/**
 * Holds a Node response back until the session is saved: the first byte waits, whichever way it would be sent. What the
 * handler writes meanwhile is queued in order, and the backpressure it sees is that of a full stream.
 */
import type { IncomingMessage, OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { FieldTypes } from '../http/fields.ts'
import type { HeaderSink, OpenSession, RequestFacts } from '../http/manager.ts'

type Methods = Pick<ServerResponse, 'writeHead' | 'write' | 'end' | 'flushHeaders'>

/** What a request says, to the manager. */
export function nodeFacts(request: IncomingMessage): RequestFacts {
  return {
    method: request.method ?? 'GET',
    header: (name) => request.headers[name] as string | undefined,
  }
}

/**
 * Saves the session before the response begins, and what changes afterwards before it ends. `fail` answers the request
 * when the first of these fails; the response is then as if nothing had been written to it.
 */
export function holdResponse<F extends FieldTypes | null>(
  response: ServerResponse,
  open: OpenSession<F>,
  fail: (error: unknown) => void,
): void {
  new HeldResponse(response, open, fail).hold()
}

class HeldResponse<F extends FieldTypes | null> {
  readonly #response: ServerResponse
  readonly #open: OpenSession<F>
  readonly #fail: (error: unknown) => void
  readonly #original: Methods
  readonly #sources = new Set<Readable>()
  #queue: (() => void)[] | undefined
  #writesQueued = false

  constructor(response: ServerResponse, open: OpenSession<F>, fail: (error: unknown) => void) {
    this.#response = response
    this.#open = open
    this.#fail = fail
    const { writeHead, write, end, flushHeaders } = response
    this.#original = { writeHead, write, end, flushHeaders }
  }

  hold(): void {
    const response = this.#response
    response.on('pipe', (source: Readable) => this.#sources.add(source))
    Object.assign(response, {
      writeHead: (...args: WriteHeadArguments) => this.#noteHead(args),
      write: (...args: unknown[]) => this.#write(args),
      end: (...args: unknown[]) => {
        this.#whenSaved(() => this.#end(args))
        return response
      },
      flushHeaders: () => this.#whenSaved(() => this.#original.flushHeaders.call(response)),
    })
  }

  /** `writeHead` sends nothing by itself, so it can wait for the first write by leaving its arguments on the response. */
  #noteHead([status, ...rest]: WriteHeadArguments): ServerResponse {
    const response = this.#response
    response.statusCode = status
    if (typeof rest[0] === 'string') response.statusMessage = rest[0]
    for (const [name, value] of headerPairs(rest.find((part) => typeof part === 'object')))
      response.setHeader(name, value)
    return response
  }

  #write(args: unknown[]): boolean {
    if (this.#queue === undefined && this.#open.isSettled) {
      this.#release()
      return this.#callOriginal('write', args) as boolean
    }
    this.#writesQueued = true
    this.#whenSaved(() => this.#callOriginal('write', args))
    return false
  }

  /** Runs the call now if nothing is to be saved, else after it is. */
  #whenSaved(call: () => void): void {
    if (this.#queue !== undefined) {
      this.#queue.push(call)
    } else if (this.#open.isSettled) {
      this.#release()
      call()
    } else {
      this.#queue = [call]
      void this.#commit()
    }
  }

  async #commit(): Promise<void> {
    try {
      await this.#open.commit()
    } catch (error) {
      this.#giveUp(error)
      return
    }
    const queue = this.#queue ?? []
    this.#queue = undefined
    this.#release()
    for (const call of queue) call()
    if (this.#writesQueued && !this.#response.writableEnded) this.#response.emit('drain')
  }

  /** The session is saved: headers get theirs, and the response is its own again but for its end. */
  #release(): void {
    this.#open.writeHeaders(nodeHeaders(this.#response))
    this.#restore()
    this.#response.end = ((...args: unknown[]) => {
      this.#endReleased(args)
      return this.#response
    }) as ServerResponse['end']
  }

  #end(args: unknown[]): void {
    this.#response.end = this.#original.end
    this.#callOriginal('end', args)
  }

  /** What changed while the body was streaming is saved before it ends; if that fails, the response is cut, not completed. */
  #endReleased(args: unknown[]): void {
    if (this.#open.isSettled) {
      this.#end(args)
      return
    }
    this.#open.commit().then(
      () => this.#end(args),
      () => this.#response.destroy(),
    )
  }

  #giveUp(error: unknown): void {
    const response = this.#response
    this.#queue = undefined
    this.#restore()
    for (const source of this.#sources) source.unpipe(response)
    for (const name of response.getHeaderNames()) response.removeHeader(name)
    response.statusCode = 200
    response.statusMessage = ''
    // The handler may go on writing to a response that is no longer its own.
    response.on('error', () => {})
    this.#open.writeHeadersAfterFailure(nodeHeaders(response))
    this.#fail(error)
  }

  #restore(): void {
    Object.assign(this.#response, this.#original)
  }

  #callOriginal(method: 'write' | 'end', args: unknown[]): unknown {
    return (this.#original[method] as (...args: unknown[]) => unknown).apply(this.#response, args)
  }
}

type WriteHeadArguments = [status: number, ...rest: (string | OutgoingHttpHeaders | OutgoingHttpHeader[] | undefined)[]]

/** The headers that `writeHead` takes as an object or as a flat list, which may name one header several times. */
function headerPairs(headers: unknown): Iterable<[string, string | number | string[]]> {
  if (!Array.isArray(headers)) return Object.entries((headers ?? {}) as Record<string, string>)
  const pairs = new Map<string, string[]>()
  for (let i = 0; i + 1 < headers.length; i += 2) {
    pairs.set(headers[i], [...(pairs.get(headers[i]) ?? []), headers[i + 1]].flat())
  }
  return pairs
}

function nodeHeaders(response: ServerResponse): HeaderSink {
  return {
    set: (name, value) => response.setHeader(name, value),
    append(name, value) {
      const present = response.getHeader(name)
      if (present === undefined) response.setHeader(name, value)
      else if (name !== 'Vary') response.setHeader(name, [present].flat().map(String).concat(value))
      else if (!mentions(present, value)) response.setHeader(name, `${present}, ${value}`)
    },
  }
}

function mentions(vary: number | string | string[], name: string): boolean {
  const names = String(vary)
    .toLowerCase()
    .split(',')
    .map((part) => part.trim())
  return names.includes('*') || names.includes(name.toLowerCase())
}
