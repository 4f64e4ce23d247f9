import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startGateway } from './testing/gateway.ts'

const run = (environment: Record<string, string>) => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', main], { env: environment })
  let output = ''
  const ended = once(child, 'exit')
  const says = (words: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (chunk: Buffer) => {
        output += chunk.toString()
        if (output.includes(words)) resolve()
      }
      child.stdout.on('data', look)
      child.stderr.on('data', look)
      child.once('exit', () => reject(new Error(`ended without saying “${words}”: ${output}`)))
    })
  return { child, ended, says, output: () => output }
}

test('explains every invalid variable at once and exits with 1', async () => {
  const bot = run({ STORELINE_URL: 'nonsense', BOT_CONCURRENCY: '0' })
  await bot.says('BOT_CONCURRENCY')
  expect(await bot.ended).toEqual([1, null])
  expect(bot.output()).toContain('STORELINE_URL')
  expect(bot.output()).toContain('BOT_API_KEY')
}, 20_000)

test('answers turns, and exits with 0 on SIGTERM', async () => {
  const gateway = await startGateway()
  gateway.addTurn('hi')
  const bot = run({ STORELINE_URL: gateway.url, BOT_API_KEY: 'key' })
  await bot.says('turn answered')
  bot.child.kill('SIGTERM')
  expect(await bot.ended).toEqual([0, null])
  expect(gateway.completed).toHaveLength(1)
  await gateway.close()
}, 20_000)
