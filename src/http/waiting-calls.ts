/** What a handler sends while its session is saved, and how the response looks meanwhile: as if nothing had to wait. */
import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { isHttp2 } from './node-message.ts'

export interface Call {
  readonly name: 'write' | 'end' | 'flushHeaders'
  readonly args: unknown[]
}

export class WaitingCalls {
  readonly #response: ServerResponse
  readonly #calls: Call[] = []
  /** What puts the response back as it was. */
  readonly #undo: (() => void)[]

  constructor(response: ServerResponse) {
    this.#response = response
    this.#undo = [closeHead(response)]
  }

  add(call: Call): void {
    if (call.name === 'end' && !this.#response.writableEnded) this.#undo.push(...closeEnd(this.#response))
    this.#calls.push(call)
  }

  /** Ends the wait. */
  takeAll(): readonly Call[] {
    for (const undo of this.#undo) undo()
    return this.#calls
  }
}

/**
 * A head that waits to be sent counts as sent: a handler that answers twice gets the error that Node gives it, and not the
 * headers of one answer over the body of another. Returns what undoes that.
 */
function closeHead(response: ServerResponse): () => void {
  const { statusCode, writeHead, setHeader, appendHeader, removeHeader, setHeaders } = response
  const reason = isHttp2(response) ? {} : { statusMessage: response.statusMessage }
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
    const kept = { statusCode, ...reason, writeHead, setHeader, appendHeader, removeHeader, setHeaders }
    Object.assign(response, kept)
  }
}

/**
 * A response whose end waits counts as ended, and whoever destroys it then destroys it afterwards: without the wait it would
 * have been sent by then. So does Express with an answer that an error follows. The socket of HTTP/2 is none to be changed.
 */
function closeEnd(response: ServerResponse): (() => void)[] {
  Object.defineProperty(response, 'writableEnded', { value: true, configurable: true })
  const undo = [
    () => delete (response as { writableEnded?: boolean }).writableEnded,
    postponeDestroy(response, response),
  ]
  const { socket } = response
  if (!isHttp2(response) && socket !== null) undo.push(postponeDestroy(socket, response))
  return undo
}

interface Destroyable {
  readonly writable: boolean
  destroy(error?: Error): unknown
}

/** An error, or a connection that the client has closed, waits for nothing. */
function postponeDestroy(target: Destroyable, response: ServerResponse): () => void {
  const own = Object.getOwnPropertyDescriptor(target, 'destroy')
  const { destroy } = target
  let isAsked = false
  target.destroy = (error) => {
    if ((error ?? null) !== null || target.writable === false) return destroy.call(target, error)
    isAsked = true
    return target
  }
  return () => {
    delete (target as { destroy?: unknown }).destroy
    if (own !== undefined) Object.defineProperty(target, 'destroy', own)
    if (isAsked) whenOver(response, () => target.destroy())
  }
}

/** When the response has been sent or cut off. */
export function whenOver(response: ServerResponse, work: () => void): void {
  const isOver = response.destroyed || (response as { stream?: Readable }).stream?.destroyed === true // HTTP/2 has a stream
  if (isOver) work()
  else response.once('close', work)
}
