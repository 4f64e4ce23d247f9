const MAX_READ = 500

/** Lower-case words without accents, punctuation and emoji, for comparing typed text. Reads the first 500 characters. */
export const normalise = (text: string): string =>
  text
    .slice(0, MAX_READ)
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}#]+/gu, ' ')
    .trim()
