/** Whether an app has grown: compared when it had warmed up, and in the end. */
import type { Vitals } from './apps.ts'

export interface TwoVitals {
  readonly client: string
  readonly early: Vitals
  readonly late: Vitals
}

const HEAP_SLACK = 8 * 2 ** 20

/** With slack: a heap is never twice the same, and each visitor may hold a connection open. */
export function growth({ client, early, late }: TwoVitals, visitors: number): string[] {
  return [
    ...(late.heap > early.heap * 1.25 + HEAP_SLACK ? [`the heap grew (${client})`] : []),
    ...(late.sockets > early.sockets + visitors ? [`sockets are left (${client})`] : []),
    ...(late.listeners > early.listeners ? [`listeners are left (${client})`] : []),
  ]
}
