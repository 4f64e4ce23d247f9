import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expectSendable } from '../testing/chat.ts'
import { buttons, choicesOf, image, list, text } from './reply.ts'
import { cleanText, fit, truncate } from './truncate.ts'

describe('truncation', () => {
  test('leaves a text within the limit unchanged', () => {
    expect(truncate('12345678901234567890', 20)).toBe('12345678901234567890')
  })

  test('ends in an ellipsis within the limit', () => {
    expect(truncate('A rather long title of a button', 20)).toBe('A rather long title…')
  })

  test.each([
    ['emoji of two units', '😀'],
    ['a family of eleven units', '👨‍👩‍👧‍👦'],
    ['a flag', '🇪🇸'],
    ['a letter with its accent apart', 'e\u0301'],
  ])('never splits %s', (_what, character) => {
    for (let max = 2; max < 30; max += 1) {
      const kept = truncate(character.repeat(30), max).replace('…', '')
      expect(kept.replaceAll(character, '')).toBe('')
    }
  })

  test('holds for any text and limit, in units and code points, and keeps it well formed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), fc.integer({ min: 1, max: 40 }), (written, max) => {
        const fitted = fit(written, max)
        expect(fitted.length).toBeGreaterThan(0)
        expect(fitted.length).toBeLessThanOrEqual(max)
        expect(() => encodeURIComponent(fitted)).not.toThrow()
      }),
    )
  })

  test('removes characters that a database rejects', () => {
    expect(cleanText('a\u0000b\ud800c\n')).toBe('a b\u{FFFD}c')
  })
})

describe('messages', () => {
  const anyText = fc.string({ unit: 'grapheme', maxLength: 1500 })
  const anyChoices = fc.array(
    fc.record({ id: fc.string({ maxLength: 300 }), title: fc.string({ unit: 'grapheme', maxLength: 40 }) }),
    {
      maxLength: 14,
    },
  )

  test('of any content meet WhatsApp’s limits', () => {
    fc.assert(
      fc.property(anyText, anyChoices, anyChoices, (body, first, second) => {
        expectSendable(text(body))
        expectSendable(image('https://shop.example/a.jpg', body))
        expectSendable(buttons(body, first, { footer: body }))
        const described = second.map((choice) => ({ ...choice, description: choice.title.repeat(4) }))
        expectSendable(
          list(body, {
            button: body,
            footer: body,
            sections: [
              { title: body, rows: first },
              { title: '', rows: described },
            ],
          }),
        )
      }),
      { numRuns: 60 },
    )
  })

  test('without choices are plain texts', () => {
    expect(buttons('Hello', [])).toEqual({ text: { body: 'Hello' } })
    expect(buttons('Hello', [], { imageUrl: 'https://a/b.jpg' })).toEqual({
      image: { url: 'https://a/b.jpg', caption: 'Hello' },
    })
    expect(list('Hello', { button: 'Choose', sections: [] })).toEqual({ text: { body: 'Hello' } })
  })

  test('number duplicate titles', () => {
    const reply = buttons('Which?', [
      { id: 'a', title: 'Chocolate cake, large' },
      { id: 'b', title: 'Chocolate cake, large and round' },
    ])
    expect(choicesOf([reply]).map((choice) => choice.title)).toEqual(['Chocolate cake, lar…', 'Chocolate cake,… 2'])
  })
})
