/**
 * Calls back once the parent process has exited. `npm start` runs this process below a shell that does not forward signals:
 * when npm is stopped, only the shell exits.
 */
export function whenParentEnds(onEnd: () => void, { parentId = () => process.ppid, everyMs = 500 } = {}): void {
  const parent = parentId()
  const timer = setInterval(() => {
    if (parentId() === parent) return
    clearInterval(timer)
    onEnd()
  }, everyMs)
  timer.unref()
}
