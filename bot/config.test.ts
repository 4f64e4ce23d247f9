import { expect, test } from 'vitest'
import { ConfigError, readConfig } from './config.ts'

const problemsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    readConfig(environment)
    return []
  } catch (error) {
    return error instanceof ConfigError ? error.problems : [String(error)]
  }
}

test('reads its settings, with defaults for missing and empty variables', () => {
  expect(readConfig({ STORELINE_URL: 'http://127.0.0.1:4000', BOT_API_KEY: 'k', LOG_LEVEL: '' })).toEqual({
    url: 'http://127.0.0.1:4000',
    apiKey: 'k',
    concurrency: 8,
    logLevel: 'info',
  })
  expect(
    readConfig({ STORELINE_URL: 'https://a.example', BOT_API_KEY: 'k', BOT_CONCURRENCY: '3', LOG_LEVEL: 'debug' }),
  ).toMatchObject({
    concurrency: 3,
    logLevel: 'debug',
  })
})

test('names every problem at once, and no secret', () => {
  const problems = problemsOf({
    STORELINE_URL: 'ftp://x',
    BOT_API_KEY: 's3cret'.repeat(100),
    BOT_CONCURRENCY: '1.5',
    LOG_LEVEL: 'loud',
  })
  expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
    'STORELINE_URL',
    'BOT_API_KEY',
    'BOT_CONCURRENCY',
    'LOG_LEVEL',
  ])
  expect(problems.join(' ')).not.toContain('s3cret')
  expect(problemsOf({})).toHaveLength(2)
})
