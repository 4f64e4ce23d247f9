/** The remaining time: "1 h 05 min", "4:09", "0:00" at the end. */
export function formatCountdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor(seconds / 60) % 60
  const pad = (value: number) => String(value).padStart(2, '0')
  return hours > 0 ? `${hours} h ${pad(minutes)} min` : `${minutes}:${pad(seconds % 60)}`
}
