import { describe, expect, it } from 'vitest'

import type { Rich } from './rich-text.ts'
import { parseRichText } from './rich-text.ts'

const markup = (parts: readonly Rich[]): string =>
  parts
    .map((part) => {
      if (part.kind === 'text') return part.text
      if (part.kind === 'mono' || part.kind === 'link') return `<${part.kind}>${part.text}</>`
      return `<${part.kind}>${markup(part.children)}</>`
    })
    .join('')

describe('formatted text', () => {
  it.each([
    ['plain', 'plain'],
    ['a *bold* b', 'a <bold>bold</> b'],
    ['*two words*.', '<bold>two words</>.'],
    ['_it_ and ~no~', '<italic>it</> and <strike>no</>'],
    ['*_both_*', '<bold><italic>both</></>'],
    ['2*3*4', '2*3*4'],
    ['snake_case_name', 'snake_case_name'],
    ['* not bold *', '* not bold *'],
    ['*over\nlines*', '*over\nlines*'],
    ['```a *b*```', '<mono>a *b*</>'],
    ['use `x_y_z`', 'use <mono>x_y_z</>'],
    ['see https://a.test/x_y_z?q=1.', 'see <link>https://a.test/x_y_z?q=1</>.'],
    ['*Total:* 5', '<bold>Total:</> 5'],
    ['javascript:alert(1)', 'javascript:alert(1)'],
  ])('reads %j', (text, expected) => expect(markup(parseRichText(text))).toBe(expected))
})
