/** The server counts a list up to this number; one more means that there are more. */
const MOST_COUNTED = 10_000

/** The size of a list: "12", or "10,000+" when the server did not count further. */
export const countText = (count: number): string => (count > MOST_COUNTED ? '10,000+' : String(count))
