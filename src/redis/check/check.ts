/** Looks at how Redis is set up, as data; says so once where it is dangerous. */
import { InvalidArgumentError } from '../../errors.ts'
import { show } from '../../show.ts'
import type { RedisCalls } from '../calls.ts'
import { factsOf } from './facts.ts'
import type { StoreFinding } from './finding.ts'
import { judge } from './judgements.ts'
import { INDEX_COMMANDS, SESSION_COMMANDS } from './permissions.ts'

export interface CheckOptions {
  /** Whether what is `warning` or `critical` is emitted as a process warning, each once for a store. Default `true`. */
  warn?: boolean | undefined
}

export class StoreCheck {
  readonly #calls: RedisCalls
  readonly #key: string
  readonly #commands: readonly string[]
  readonly #warned = new Set<string>()

  /** `key` is one as the store would use it. */
  constructor(calls: RedisCalls, key: string, hasIndexes: boolean) {
    this.#calls = calls
    this.#key = key
    this.#commands = hasIndexes ? [...SESSION_COMMANDS, ...INDEX_COMMANDS] : SESSION_COMMANDS
  }

  /** @throws {StoreUnavailableError} when a master cannot be asked at all */
  async run({ warn = true }: CheckOptions = {}): Promise<StoreFinding[]> {
    if (typeof warn !== 'boolean') throw new InvalidArgumentError(`warn must be a boolean, got ${show(warn)}`)
    const asked = { clientIsCluster: this.#calls.isCluster, key: this.#key, commands: this.#commands }
    const masters = await this.#calls.masters()
    const findings = await Promise.all(
      masters.map(async (master) =>
        judge(await factsOf(master, asked)).map((judgement) => ({ ...judgement, node: master.name })),
      ),
    )
    if (warn) for (const finding of findings.flat()) this.#warn(finding)
    return findings.flat()
  }

  #warn({ code, severity, message, node }: StoreFinding): void {
    if (severity !== 'warning' && severity !== 'critical') return
    const where = node === '' ? '' : `${node}: `
    if (this.#warned.has(where + code)) return
    this.#warned.add(where + code)
    process.emitWarning(where + message, { type: 'SojournWarning', code: `SOJOURN_CHECK_${code.toUpperCase()}` })
  }
}
