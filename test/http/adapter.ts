/** What a framework has to do for the scenarios: mount handlers behind the session, and answer as it natively does. */
import type { RequestListener } from 'node:http'
import type { SessionsOptions } from '../../src/http/manager.ts'
import type { FieldTypes, Session } from '../../src/index.ts'

/** What a handler is given, whatever the framework. */
export interface Call<F extends FieldTypes | null = null> {
  readonly session: Session<F>
  /** That of the site's second manager. */
  readonly second: Session<null>
  readonly query: URLSearchParams
}

/** What a handler answers; each framework sends it in its own manner. */
export type Reply =
  | { readonly json: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly text: string }
  | { readonly redirect: string }
  /** A file, sent as a stream. */
  | { readonly file: URL }
  | { readonly chunks: AsyncIterable<string> }
  /** Server-sent events. */
  | { readonly events: AsyncIterable<string> }
  /** A response without a body. */
  | { readonly status: 204 | 304 }

export type Handler<F extends FieldTypes | null = null> = (call: Call<F>) => Reply | Promise<Reply>

/** Handlers by method and path, such as `GET /page`. */
export type Routes<F extends FieldTypes | null = null> = Readonly<Record<`${'GET' | 'POST'} /${string}`, Handler<F>>>

export interface Site<F extends FieldTypes | null = null> {
  readonly sessions: SessionsOptions<F>
  /** Options of a second manager, with a cookie of its own. */
  readonly second?: SessionsOptions<null> | undefined
  readonly routes: Routes<F>
  /** Paths that get no session. */
  readonly skip?: ((path: string) => boolean) | undefined
  /** Told what the framework's own error handler sees. Without it no handler of ours stands there. */
  readonly onError: ((error: unknown) => void) | undefined
}

export interface Adapter {
  readonly name: string
  /** Whether a response in progress is Node's own, so that what it changes is saved before it ends. */
  readonly holdsNodeResponse: boolean
  listener<F extends FieldTypes | null>(site: Site<F>): Promise<RequestListener>
}

export interface Route<F extends FieldTypes | null> {
  readonly method: 'get' | 'post'
  readonly path: string
  readonly handle: Handler<F>
}

export function routesOf<F extends FieldTypes | null>({ routes }: Site<F>): Route<F>[] {
  return Object.entries(routes).map(([route, handle]) => {
    const [method = '', path = ''] = route.split(' ')
    return { method: method.toLowerCase() as 'get' | 'post', path, handle }
  })
}

/** Finds a handler, for servers without a router. HEAD is served as GET. */
export function findRoute<F extends FieldTypes | null>(site: Site<F>, method: string, path: string): Handler<F> | null {
  const wanted = method === 'HEAD' ? 'get' : method.toLowerCase()
  return routesOf(site).find((route) => route.method === wanted && route.path === path)?.handle ?? null
}

/** An error as our error handlers answer it. */
export function failure(error: unknown): { status: number; body: { error: string } } {
  const { status, code, message } = error as { status?: number; code?: string; message: string }
  return { status: status ?? 500, body: { error: code ?? message } }
}

/** One event of a stream of them (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export function eventOf(data: string): string {
  return `data: ${data}\n\n`
}

export async function* eventsOf(data: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const each of data) yield eventOf(each)
}
