/**
 * Cleaning up when the test process ends, however it ends. A shell holds the other end of a pipe, which closes
 * even after SIGKILL, and then runs the last line that came through it.
 */
import { type ChildProcess, spawn } from 'node:child_process'

const RUN_LAST_LINE = 'while read -r line; do last=$line; done; eval "$last"'

const commands = new Set<string>()
let shell: ChildProcess | undefined

/** Has a shell command run when this process ends, the latest first. Returns what takes that back. */
export function onProcessEnd(command: string): () => void {
  commands.add(command)
  tellShell()
  return () => {
    commands.delete(command)
    tellShell()
  }
}

function tellShell(): void {
  shell ??= startShell()
  shell.stdin?.write(`${[...commands].reverse().join('; ')}\n`)
}

function startShell(): ChildProcess {
  // Detached, for Ctrl-C reaches every process in the terminal's foreground.
  const started = spawn('sh', ['-c', RUN_LAST_LINE], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  started.unref()
  return started
}
