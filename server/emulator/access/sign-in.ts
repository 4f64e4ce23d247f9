import { randomBytes } from 'node:crypto'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { EmulatorAccess } from './emulator-access.ts'
import { isSameOrigin } from './origin.ts'

/** The action of the sign-in form. */
const PATH = '/_emulator/sign-in'

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { margin: 0; min-height: 100dvh; display: grid; place-items: center }
form { display: grid; gap: .75rem; width: min(22rem, calc(100vw - 2rem)) }
h1 { margin: 0; font-size: 1.25rem }
p { margin: 0 }
input, button { min-height: 2.75rem; padding: 0 .75rem; font: inherit }
`

const page = (nonce: string, problem: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>Phone · Storeline</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<form method="post" action="${PATH}">
<h1>Sign in to the phone</h1>
<label for="secret">Secret (the setting <code>EMULATOR_SECRET</code>)</label>
<input id="secret" name="secret" type="password" required autofocus autocomplete="current-password">
${problem ? `<p role="alert">${problem}</p>` : ''}
<button>Open the phone</button>
</form>
</body>
</html>
`

/** Sends a form that asks for the secret, in place of the phone page. */
export function sendSignInPage(reply: FastifyReply, problem = ''): FastifyReply {
  const nonce = randomBytes(16).toString('base64')
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`
  return reply
    .code(401)
    .type('text/html; charset=utf-8')
    .header('content-security-policy', policy)
    .header('cache-control', 'no-store')
    .send(page(nonce, problem))
}

/** Registers the route that checks the typed secret and redirects to the phone page. */
export function registerSignIn(app: FastifyInstance, access: EmulatorAccess): void {
  app.post(PATH, { bodyLimit: 4 * 1024 }, async (request, reply) => {
    if (!isSameOrigin(request.headers)) return reply.code(403).send({ error: 'Only this origin may sign in here.' })
    const form = new URLSearchParams(Buffer.isBuffer(request.body) ? request.body.toString() : '')
    const cookie = access.admit(form.get('secret') ?? '')
    if (cookie === null) return sendSignInPage(reply, 'Wrong secret. Try again.')
    return reply.code(303).header('set-cookie', cookie).header('location', '/phone').send()
  })
}
