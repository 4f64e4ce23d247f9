/**
 * Calls back once the process that started this one is gone. `npm start` runs us below a shell that does not pass signals
 * on: when npm is told to stop, only the shell ends, and nobody would tell us.
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
