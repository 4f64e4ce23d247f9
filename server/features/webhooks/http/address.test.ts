import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startReceiver, type Receiver } from '../../../../test/harness/receiver.ts'
import { createAddressGuard } from './address.ts'
import { parseEndpointUrl } from '../endpoints/url.ts'
import { createWebhookClient, type Resolve } from './client.ts'

const guard = createAddressGuard([])
const post = (client: ReturnType<typeof createWebhookClient>, url: string) =>
  client.post(url, { headers: {}, body: '{}', signal: new AbortController().signal })

/** Spellings of this machine, its neighbours and clouds' secrets, by what a URL may hold as host. */
const HOSTS = `
  127.0.0.1 127.1 127.0.1 127.255.255.254 127.0.0.1. 0 0.0.0.0 0.0.0.0. 2130706433 017700000001 0x7f000001
  0x7f.1 0177.0.0.1 0x7f.0x0.0x0.0x1 127.0x1 00000177.1 ①②⑦.⓪.⓪.① １２７.0.0.1 127。0。0。1 %31%32%37.0.0.1 10.0.0.1
  10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 0xC0A80001 169.254.169.254 2852039166 0xa9fea9fe
  169.254.43518 100.64.0.1 100.100.100.200 168.63.129.16 192.0.0.192 198.18.0.1 192.0.2.1 203.0.113.9 224.0.0.1
  239.255.255.255 240.0.0.1 255.255.255.255 192.88.99.1 [::1] [::] [0:0:0:0:0:0:0:1] [0000:0000::0001]
  [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [::ffff:0:127.0.0.1] [::ffff:10.0.0.1]
  [::ffff:169.254.169.254] [64:ff9b::127.0.0.1] [64:ff9b:1::7f00:1] [2002:7f00:1::] [2002:a9fe:a9fe::1]
  [2001::1] [fe80::1] [fec0::1] [fc00::1] [fd00:ec2::254] [ff02::1] [ff05::2] [100::1] [2001:db8::1] [3fff::1]
  [5f00::1]
`
  .trim()
  .split(/\s+/)

/** Addresses that a name server might answer for a harmless name. */
const ANSWERS = `
  127.0.0.1 ::1 0.0.0.0 :: ::ffff:127.0.0.1 ::ffff:7f00:1 169.254.169.254 10.1.2.3 100.64.0.7 fe80::1%lo ::1%0
  fd12::1 64:ff9b::a00:1 2002:a00:1:: localhost 127.1 0x7f000001 nonsense
`
  .trim()
  .split(/\s+/)

describe('no connection is opened', () => {
  let four: Receiver
  let six: Receiver | null
  const port = () => new URL(four.url).port
  const connections = () => four.connections() + (six?.connections() ?? 0)

  beforeAll(async () => {
    four = await startReceiver('0.0.0.0')
    // Some machines have no IPv6; a refusal comes before that matters.
    six = await startReceiver('::1').catch(() => null)
  })
  afterAll(async () => {
    await four[Symbol.asyncDispose]()
    await six?.[Symbol.asyncDispose]()
  })

  test('though the receiver can be reached', async () => {
    const client = createWebhookClient({ allowedNetworks: ['127.0.0.0/8'] })
    expect(await post(client, `http://127.0.0.1:${port()}/`)).toMatchObject({ statusCode: 204 })
    await client.close()
  })

  test(`to any of ${HOSTS.length} literal addresses, neither on creation nor on delivery`, async () => {
    expect(HOSTS.length).toBeGreaterThanOrEqual(40)
    const before = connections()
    const client = createWebhookClient({ allowedNetworks: [] })
    for (const host of HOSTS) {
      const url = `http://${host}:${port()}/`
      expect(parseEndpointUrl(url, { production: false, mayReach: guard }), host).toHaveProperty('problem')
      expect(await post(client, url), host).toMatchObject({
        statusCode: null,
        error: expect.stringMatching(/not a public/),
      })
    }
    expect(connections()).toBe(before)
    await client.close()
  })

  test.each(['', ...ANSWERS])('to a public name that resolves to "%s"', async (address) => {
    const before = connections()
    const client = createWebhookClient({ allowedNetworks: [], resolve: async () => [address] })
    const reply = await post(client, `http://innocent.example:${port()}/`)
    expect(reply).toMatchObject({ statusCode: null, error: expect.stringContaining('not a public address') })
    expect(connections()).toBe(before)
    await client.close()
  })

  test.each(['localhost', 'LOCALHOST', 'localhost.', 'a.localhost', '127.0.0.1.nip.io', 'metadata.google.internal'])(
    'to %s',
    async (name) => {
      const before = connections()
      const own = /localhost/i.test(name)
      const resolve: Resolve = async () => ['127.0.0.1']
      const client = createWebhookClient({ allowedNetworks: [], ...(own ? {} : { resolve }) })
      const reply = await post(client, `http://${name}:${port()}/`)
      expect(reply).toMatchObject({ statusCode: null, error: expect.stringContaining('not a public address') })
      expect(connections()).toBe(before)
      await client.close()
    },
  )

  test.each(['localhost', 'LOCALHOST', 'localhost.', 'a.localhost', 'ｌocalhost', 'loc%61lhost'])(
    'to %s, which is refused on creation unless both of its addresses are allowed',
    (name) => {
      const parse = (mayReach: typeof guard) => parseEndpointUrl(`http://${name}/`, { production: false, mayReach })
      expect(parse(guard)).toMatchObject({ problem: expect.stringContaining('this machine itself') })
      expect(parse(createAddressGuard(['127.0.0.0/8']))).toHaveProperty('problem')
      expect(parse(createAddressGuard(['127.0.0.0/8', '::1/128']))).toHaveProperty('url')
    },
  )

  test('to a name that resolves to a private address, which is refused on creation', async () => {
    const found = async (resolve: Resolve) => {
      const client = createWebhookClient({ allowedNetworks: ['10.1.0.0/16'], resolve })
      return client.forbiddenAddressOf('innocent.example').finally(() => client.close())
    }
    expect(await found(async () => ['93.184.215.14', '127.0.0.1'])).toBe('127.0.0.1')
    expect(await found(async () => ['::ffff:192.168.0.1'])).toBe('::ffff:192.168.0.1')
    expect(await found(async () => ['10.1.2.3', '93.184.215.14'])).toBeNull()
    expect(await found(() => Promise.reject(new Error('leads nowhere yet')))).toBeNull()
  })

  test('to a name with one public and one private address', async () => {
    const before = connections()
    const client = createWebhookClient({ allowedNetworks: [], resolve: async () => ['93.184.215.14', '127.0.0.1'] })
    expect(await post(client, `http://both.example:${port()}/`)).toMatchObject({ statusCode: null })
    expect(connections()).toBe(before)
    await client.close()
  })

  test('to a name that resolves to a public address first and to a private one afterwards', async () => {
    // The first answer is in a network that is allowed, so that there is something to connect to.
    const answers = ['127.0.0.2', '10.0.0.1', '127.0.0.1']
    let asked = 0
    const client = createWebhookClient({
      allowedNetworks: ['127.0.0.2/32'],
      resolve: async () => [answers[asked++] ?? '127.0.0.1'],
    })
    const before = connections()
    const url = `http://rebinding.example:${port()}/`
    four.answer((_received, response) => void response.writeHead(204, { connection: 'close' }).end())
    expect(await post(client, url)).toMatchObject({ statusCode: 204 })
    expect(connections(), 'the one that was judged').toBe(before + 1)
    for (let n = 0; n < 4; n++) expect(await post(client, url)).toMatchObject({ statusCode: null })
    expect(connections()).toBe(before + 1)
    expect(asked, 'each connection is judged by what it was resolved to').toBe(5)
    await client.close()
  })

  test('to the target of a redirect', async () => {
    const before = connections()
    four.answer((_received, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${port()}/elsewhere` }).end()
    })
    const client = createWebhookClient({ allowedNetworks: ['127.0.0.2/32'], resolve: async () => ['127.0.0.2'] })
    expect(await post(client, `http://redirecting.example:${port()}/`)).toMatchObject({ statusCode: 307 })
    expect(connections()).toBe(before + 1)
    await client.close()
  })

  test('to the proxy of the environment', async () => {
    let proxied = 0
    const proxy: Server = createServer((socket) => {
      proxied++
      socket.destroy()
    })
    await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done))
    const address = `http://127.0.0.1:${(proxy.address() as { port: number }).port}`
    for (const name of ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'])
      vi.stubEnv(name, name === 'NODE_USE_ENV_PROXY' ? '1' : address)
    const client = createWebhookClient({ allowedNetworks: ['127.0.0.2/32'], resolve: async () => ['127.0.0.2'] })
    four.answer((_received, response) => void response.writeHead(204).end())
    expect(await post(client, `http://direct.example:${port()}/`)).toMatchObject({ statusCode: 204 })
    expect(proxied).toBe(0)
    vi.unstubAllEnvs()
    await client.close()
    await new Promise((done) => proxy.close(done))
  })
})

describe('the address guard', () => {
  test.each(['1.1.1.1', '93.184.215.14', '2606:4700::1111', '2a00:1450:4001::200e', '172.32.0.1', '100.128.0.1'])(
    'allows %s',
    (address) => expect(guard(address)).toBe(true),
  )

  test('allows the addresses that the operator allows, in either family, and no others', () => {
    const allowing = createAddressGuard(['10.1.0.0/16', 'fd00:1::/32', '127.0.0.1/32'])
    expect(['10.1.255.1', '::ffff:10.1.0.1', 'fd00:1::7', '127.0.0.1', '1.1.1.1'].map(allowing)).not.toContain(false)
    expect(['10.2.0.1', 'fd00:2::7', '127.0.0.2', '::1', '192.168.0.1'].map(allowing)).not.toContain(true)
  })
})

describe('the URL of an endpoint', () => {
  const parse = (url: string, production = false) => parseEndpointUrl(url, { production, mayReach: guard })

  test.each([
    ['https://example.com/hook', 'https://example.com/hook'],
    ['  https://EXAMPLE.com  ', 'https://example.com/'],
    ['https://example.com:8443/a?b=c', 'https://example.com:8443/a?b=c'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example/'],
    ['http://example.com/', 'http://example.com/'],
  ])('%s is normalised to %s', (given, url) => expect(parse(given)).toEqual({ url }))

  test.each([
    ['', 'absolute address'],
    ['example.com', 'absolute address'],
    ['/hook', 'absolute address'],
    ['ftp://example.com', 'https://'],
    ['file:///etc/passwd', 'https://'],
    ['javascript:alert(1)', 'https://'],
    ['https://user@example.com', 'user name'],
    ['https://user:password@example.com', 'user name'],
    ['https://example.com@127.0.0.1/', 'user name'],
    ['https://127.0.0.1@example.com/', 'user name'],
    ['https://example.com/#here', 'fragment'],
    ['https://example.com:22/', 'port'],
    ['https://example.com:25/', 'port'],
    ['https://example.com:0/', 'port'],
    ['https://example.com:99999/', 'absolute address'],
    ['http://[::1%25eth0]/', 'absolute address'],
    ['http://[fe80::1%eth0]/', 'absolute address'],
    [`https://example.com/${'a'.repeat(2048)}`, '2048'],
  ])('%s is refused because of its %s', (given, word) =>
    expect((parse(given) as { problem: string }).problem).toContain(word),
  )

  test('must be https in production', () => {
    expect(parse('http://example.com/', true)).toEqual({ problem: 'must begin with https://' })
    expect(parse('https://example.com/', true)).toEqual({ url: 'https://example.com/' })
  })
})
