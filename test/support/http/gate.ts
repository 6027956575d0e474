/** A place in a program where it waits until the test lets it go on. */
export interface Gate {
  /** Resolves when the gate is opened; at once if it is open. */
  readonly opened: Promise<void>
  open(): void
}

export function gate(): Gate {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}
