import { afterAll, beforeAll, expect, test } from 'vitest'
import { markReadJob } from '../../server/features/conversations/jobs.ts'
import { recordDeadJob } from '../../server/jobs/dead-jobs.ts'
import { graphqlClient } from '../harness/graphql-client.ts'
import { openBrowser, openVisitor, type TestBrowser } from './browser.ts'
import { openDashboard } from './dashboard.ts'
import { openDemoShops, type DemoShops } from './demo-shops.ts'
import { lookUpMerchantOfNumber } from '../../server/features/merchants/lookups.ts'

let demo: DemoShops
let browser: TestBrowser
beforeAll(async () => {
  ;[demo, browser] = await Promise.all([openDemoShops(), openBrowser()])
})
afterAll(async () => {
  await browser.close()
  await demo[Symbol.asyncDispose]()
})

test('an owner invites somebody, who joins, sees what their role may, and is out once removed', async () => {
  const [shop] = demo.shops
  if (!shop) throw new Error('No demo shop')
  const owner = await openDashboard(browser, demo.url, { shop })
  const { page } = owner
  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByRole('heading', { name: 'Members' }).waitFor()
  await page.getByRole('button', { name: 'Invite', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Email').fill('nobody')
  await dialog.getByRole('button', { name: 'Create invitation link' }).click()
  await dialog.getByText('Enter an email address').waitFor()
  await dialog.getByLabel('Email').fill('new.hand@shop.example')
  await dialog.getByRole('radio', { name: 'Agent' }).check()
  await dialog.getByRole('button', { name: 'Create invitation link' }).click()
  const link = await dialog.getByLabel('Link').inputValue()
  expect(link).toMatch(new RegExp(`^${demo.url}/invite/`))
  await dialog.getByRole('button', { name: 'Done' }).click()
  await page.getByText('new.hand@shop.example').waitFor()

  const hand = await openVisitor(browser, demo.url)
  await hand.page.goto(link)
  await hand.page.getByRole('heading', { name: `Join ${shop.name}` }).waitFor()
  await hand.page.getByRole('button', { name: 'Join' }).click()
  await hand.page.getByText('Use at least 10 characters').waitFor()
  await hand.page.getByLabel('Your name').fill('Nora Hand')
  await hand.page.getByLabel('Password', { exact: true }).fill('a password of hers')
  await hand.page.getByRole('button', { name: 'Join' }).click()
  await hand.page.getByRole('heading', { name: 'Orders', exact: true }).waitFor()
  await hand.page.getByText('Live', { exact: true }).first().waitFor({ state: 'attached' })

  // An agent sees the team and changes nothing of it; jobs and the audit are not theirs.
  await hand.page.getByRole('link', { name: 'Settings' }).click()
  await hand.page.getByText('new.hand@shop.example').waitFor()
  expect(await hand.page.getByRole('button', { name: 'Invite', exact: true }).count()).toBe(0)
  const tabs = hand.page.getByRole('navigation', { name: 'Settings' })
  expect(await tabs.getByRole('link', { name: 'Jobs' }).count()).toBe(0)
  await hand.page.goto(`${demo.url}/settings/audit`)
  await hand.page.getByText('Your role does not allow this.').first().waitFor()

  // The link is used up.
  const late = await openVisitor(browser, demo.url)
  await late.page.goto(link)
  await late.page.getByRole('heading', { name: 'This invitation has been accepted' }).waitFor()

  // A manager sees more, at once and without signing in anew.
  await page.getByRole('button', { name: 'Remove Nora Hand' }).waitFor()
  await page.getByLabel('Role of Nora Hand').selectOption('MANAGER')
  await hand.page.getByText('Joined the team').first().waitFor()

  await page.getByRole('button', { name: 'Remove Nora Hand' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click()
  await hand.page.getByRole('heading', { name: 'Welcome back' }).waitFor()
  await page.getByRole('button', { name: 'Remove Nora Hand' }).waitFor({ state: 'detached' })

  await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Audit log' }).click()
  await page.getByText('Removed a member from the team').first().waitFor()
  await page.getByLabel('What', { exact: true }).selectOption('invitation.')
  await page.getByText('Invited someone to the team').first().waitFor()
  await page.getByText('Removed a member from the team').first().waitFor({ state: 'detached' })
  expect(new URL(page.url()).searchParams.get('what')).toBe('invitation.')
  await page.reload()
  await page.getByText('Invited someone to the team').first().waitFor()
  expect([...owner.offences, ...hand.offences, ...late.offences]).toEqual([])
})

test('a job that failed for good says why, and is run again to success', async () => {
  const [shop] = demo.shops
  if (!shop) throw new Error('No demo shop')
  await demo.stop()
  await demo.start(async (app) => {
    const merchantId = await lookUpMerchantOfNumber(app, shop.phoneNumberId)
    const data = { merchantId: merchantId ?? '', conversationId: crypto.randomUUID(), at: 1 }
    await recordDeadJob(app, {
      queue: 'message_sending',
      name: 'mark-read',
      jobId: markReadJob.jobId(data),
      payload: data,
      requestId: 'request-4711',
      attempts: 3,
      retryOf: null,
      error: new Error('WhatsApp did not answer.'),
    })
  })
  const { page, offences } = await openDashboard(browser, demo.url, { shop })
  await page.goto(`${demo.url}/settings/jobs`)
  await page.getByText('WhatsApp did not answer.').waitFor()
  await page.getByText('3 attempts · request request-4711').waitFor()
  await page.getByRole('row', { name: /^Messages/ }).waitFor()
  await page.getByRole('button', { name: 'Retry: Mark read' }).click()
  await page.getByRole('heading', { name: 'No failed jobs' }).waitFor()
  await page.getByRole('link', { name: 'Failure history' }).click()
  await page.getByText('Succeeded').waitFor()
  await page.getByRole('link', { name: 'Running and waiting' }).click()
  await page.getByText('Clean up', { exact: true }).waitFor()
  expect(offences).toEqual([])
})

test('a person who works in two shops chooses one at sign-in and switches in the menu', async () => {
  const [first, second] = demo.shops
  const owner = second?.staff.find(({ role }) => role === 'OWNER')
  if (!first || !second || !owner) throw new Error('No two demo shops')
  const { inviteMember } = await graphqlClient(demo.url, { authorization: `Bearer ${first.apiKey}` }).run<{
    inviteMember: { link: string }
  }>(
    'mutation ($email: String!) { inviteMember(input: { email: $email, role: MANAGER }) { ... on IssuedInvitation { link } } }',
    { email: owner.email },
  )
  const input = { token: inviteMember.link.split('/').at(-1), name: 'Somebody', password: second.password }
  await graphqlClient(demo.url).run(
    'mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { __typename } }',
    { input },
  )
  const { page, offences } = await openVisitor(browser, demo.url)
  await page.goto(`${demo.url}/sign-in`)
  await page.getByLabel('Email').fill(owner.email)
  await page.getByLabel('Password', { exact: true }).fill(second.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Choose a shop' }).waitFor()
  await page.getByRole('button', { name: `${first.name} · Manager` }).click()
  const shop = page.getByRole('complementary', { name: 'Shop' })
  await shop.getByText(first.name).waitFor()
  await shop.getByRole('button', { name: /Owner/ }).click()
  await page.getByRole('button', { name: `Switch to ${second.name}` }).click()
  await shop.getByText(second.name).waitFor()
  await page.getByText('Live', { exact: true }).first().waitFor({ state: 'attached' })
  expect(offences).toEqual([])
})
