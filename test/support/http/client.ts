/** One HTTP exchange, as it is on the wire: no redirect is followed and no header added. */
import { type IncomingHttpHeaders, type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import { text } from 'node:stream/consumers'
import { tls } from './tls.ts'

export interface Call {
  readonly method?: string
  /** One that is `undefined` is not sent. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body?: string
  readonly signal?: AbortSignal
}

export interface Exchange {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The Set-Cookie headers. */
  readonly cookies: readonly string[]
  readonly body: string
  json(): unknown
}

/** Sends a request and reads the response to its end. */
export async function exchange(url: URL, call: Call = {}): Promise<Exchange> {
  const response = await begin(url, call)
  const body = await text(response)
  return {
    status: response.statusCode as number,
    headers: response.headers,
    cookies: response.headers['set-cookie'] ?? [],
    body,
    json: () => JSON.parse(body),
  }
}

/** Sends a request and resolves with the response as soon as its headers are there. */
export function begin(url: URL, { method = 'GET', headers = {}, body, signal }: Call = {}): Promise<IncomingMessage> {
  const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined))
  const options = { method, headers: sent as Record<string, string | string[]>, signal }
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === 'https:' ? requestTls(url, { ...options, ca: tls.cert }) : requestPlain(url, options)
    request.on('response', resolve).on('error', reject).end(body)
  })
}
