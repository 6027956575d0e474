/** Talking to the server. The cookie goes along by itself; no script ever sees it. */
import type { Inspection, Reply } from '../replies.ts'

export interface Outcome {
  /** 0 when the server could not be reached. */
  readonly status: number
  readonly reply: Reply
}

export async function post(path: string, fields: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  return request(path, { method: 'POST', body: new URLSearchParams(fields) })
}

export async function get(path: string): Promise<Outcome> {
  return request(path, {})
}

/** What the store holds at the moment; `null` when neither it nor the server answers. */
export async function inspect(): Promise<Inspection | null> {
  const { status, reply } = await request('/inspect', {})
  const found = reply as unknown as Inspection
  return status === 200 && found.available ? found : null
}

async function request(path: string, init: RequestInit): Promise<Outcome> {
  try {
    const response = await fetch(path, { ...init, headers: { Accept: 'application/json' } })
    return { status: response.status, reply: (await response.json()) as Reply }
  } catch {
    return { status: 0, reply: { error: 'The demo is not answering', commands: [] } }
  }
}
