import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** How long a browser may take until it shows what is waited for, in ms. */
const PATIENCE_MS = 15_000

export type Visitor = {
  page: Page
  /** Offences of a page: it broke its content security policy, asked another origin, or threw. */
  offences: string[]
  /** Answers of the server that were refusals or failures. */
  refusals: string[]
}

/** One test file's share of the browser. */
export type TestBrowser = Pick<Browser, 'newContext' | 'close'>

/** Chromium takes a second to start; the files of a run share one. It ends with the process that runs the tests. */
let shared: Promise<Browser> | undefined

/** The browser; contexts are apart, and closing ends only those that were opened here. */
export async function openBrowser(): Promise<TestBrowser> {
  shared ??= chromium.launch({ executablePath: '/usr/bin/chromium-headless-shell', args: FLAGS })
  const browser = await shared
  const contexts: BrowserContext[] = []
  return {
    newContext: async (options) => {
      const context = await browser.newContext(options)
      contexts.push(context)
      return context
    },
    close: async () => void (await Promise.all(contexts.splice(0).map((context) => context.close()))),
  }
}

/** Opens a browser context with its own cookies and storage. */
export async function openVisitor(
  browser: TestBrowser,
  home: string,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-US', ...options })
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  const offences: string[] = []
  const refusals: string[] = []
  const isOurs = (url: string) => /^(data|blob|about):/.test(url) || new URL(url).host === new URL(home).host
  page.on('request', (request) => {
    if (!isOurs(request.url())) offences.push(`asked another origin: ${request.url()}`)
  })
  page.on('websocket', (socket) => {
    if (!isOurs(socket.url())) offences.push(`opened a socket to another origin: ${socket.url()}`)
  })
  page.on('pageerror', (error) => offences.push(`threw: ${error.stack ?? error.message}`))
  page.on('console', (message) => {
    const text = message.text()
    if (message.type() === 'error' && !/^(Failed to load resource|WebSocket connection)/.test(text))
      offences.push(`console error: ${text}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 400) refusals.push(`${response.status()} ${response.url()}`)
  })
  await page.exposeFunction('tellOfViolation', (text: string) => offences.push(`content security policy: ${text}`))
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      const tell = (globalThis as unknown as { tellOfViolation: (text: string) => void }).tellOfViolation
      tell(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`)
    })
  })
  return { page, offences, refusals }
}
