/** The ring: what is left of the TTL, second by second, without asking anyone. */
import type { StoredSession } from '../replies.ts'
import { byId, show, write } from './dom.ts'

const TICK_MS = 100
/** How fast the arc runs back when the TTL is refreshed, and what it may still miss when it has arrived. */
const EASING = 0.18
const ARRIVED = 0.004

const still = matchMedia('(prefers-reduced-motion: reduce)')

export class Countdown {
  readonly #arc = byId('ring').querySelector('.arc') as SVGCircleElement
  readonly #absoluteArc = byId('ring').querySelector('.absolute-arc') as SVGCircleElement
  readonly #onZero: () => void
  #expiresAt: number | null = null
  #endsAt = Number.NaN
  #absoluteMs = 0
  #configuredMs = 0
  #drawn = 0
  #running = false

  constructor(onZero: () => void) {
    this.#onZero = onZero
  }

  /** Takes what is left of a TTL that has just been refreshed. */
  restart(ttl: number, configuredTtl: number): void {
    this.#expiresAt = performance.now() + ttl * 1000
    this.#configuredMs = configuredTtl * 1000
    if (!this.#running) this.#tick()
  }

  /** Takes what the store says to a question of that moment, in whole seconds: within these a better estimate stands. */
  correct({ ttl, configured_ttl: configuredTtl, absolute }: StoredSession, askedAt: number): void {
    this.#expiresAt = within(this.#expiresAt ?? Number.NaN, askedAt, ttl)
    this.#configuredMs = configuredTtl * 1000
    show('absolute', absolute !== null)
    this.#absoluteArc.toggleAttribute('hidden', absolute === null)
    this.#endsAt = absolute === null ? Number.NaN : within(this.#endsAt, askedAt, absolute.left)
    this.#absoluteMs = (absolute?.ttl ?? 0) * 1000
    if (!this.#running) this.#tick()
  }

  stop(): void {
    this.#expiresAt = null
  }

  #tick(): void {
    this.#running = this.#expiresAt !== null
    if (this.#expiresAt === null) return
    const left = Math.max(0, this.#expiresAt - performance.now())
    const share = Math.min(1, left / this.#configuredMs)
    const isNear = still.matches || Math.abs(share - this.#drawn) < ARRIVED
    this.#drawn += (share - this.#drawn) * (isNear ? 1 : EASING)
    this.#draw(left)
    if (left === 0) this.#onZero()
    if (isNear) setTimeout(() => this.#tick(), TICK_MS)
    else requestAnimationFrame(() => this.#tick())
  }

  #draw(left: number): void {
    drawArc(this.#arc, this.#drawn)
    const seconds = Math.ceil(left / 1000)
    write('left', duration(seconds))
    write('left-unit', seconds < 100 ? `${seconds === 1 ? 'second' : 'seconds'} left` : 'left')
    write('key-ttl', `${seconds} s`)
    if (!Number.isNaN(this.#endsAt)) this.#drawAbsolute(Math.max(0, this.#endsAt - performance.now()))
  }

  #drawAbsolute(left: number): void {
    drawArc(this.#absoluteArc, left / this.#absoluteMs)
    const seconds = Math.ceil(left / 1000)
    write('absolute-left', seconds < 100 ? `${seconds} s` : duration(seconds))
  }
}

function drawArc(arc: SVGCircleElement, share: number): void {
  arc.setAttribute('stroke-dashoffset', String(100 * (1 - Math.min(1, share))))
}

/** The estimate of when seconds end that were rounded up between a moment and now, kept in its bounds. */
function within(estimate: number, askedAt: number, seconds: number): number {
  const latest = performance.now() + seconds * 1000
  const earliest = askedAt + (seconds - 1) * 1000
  return Number.isNaN(estimate) ? latest : Math.min(latest, Math.max(earliest, estimate))
}

/** `42`, `29:58`, `11:59:58`, `12 days`. */
function duration(seconds: number): string {
  if (seconds < 100) return String(seconds)
  if (seconds >= 172_800) return `${Math.floor(seconds / 86_400)} days`
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const [first = 0, ...rest] = parts[0] === 0 ? parts.slice(1) : parts
  return [first, ...rest.map((part) => String(part).padStart(2, '0'))].join(':')
}
