/** The initial content of a tab. */
export type PlaygroundTab = { query: string; variables: string }

export type PlaygroundSettings = {
  tabs: readonly PlaygroundTab[]
  /** The API key of the demo; null elsewhere. */
  key: string | null
}

/**
 * No other origin and no inline script. Monaco, GraphiQL's editor, writes <style> elements and carries its fonts and images
 * as data URLs; nothing else is allowed besides our own files.
 */
export const PLAYGROUND_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** JSON escaped for a <script> element. */
const embedded = (value: unknown): string => JSON.stringify(value).replaceAll('<', String.raw`\u003c`)

/** The page; `files` is the path of its scripts and styles. */
export const playgroundPage = (files: string, settings: PlaygroundSettings): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>Storeline playground</title>
    <link rel="icon" href="/favicon.svg" />
    <link rel="stylesheet" href="${files}/graphiql.css" />
    <link rel="stylesheet" href="${files}/page.css" />
    <script type="application/json" id="settings">${embedded({ ...settings, files })}</script>
    <script defer src="${files}/graphiql.js"></script>
    <script defer src="${files}/page.js"></script>
  </head>
  <body>
    <header class="key-bar">
      <h1>Storeline playground</h1>
      <form id="key-form">
        <label for="key">API key</label>
        <input id="key" type="password" autocomplete="off" spellcheck="false" placeholder="sl_…" />
        <button>Use this key</button>
      </form>
      <p id="key-state" role="status"></p>
      <button id="restore" type="button">Restore the examples</button>
    </header>
    <noscript>The playground needs JavaScript.</noscript>
    <main id="root"></main>
  </body>
</html>
`

/**
 * GraphiQL animates its tabs from positions that it measures before they have names, and removes its own `transform: none`
 * from the tab in focus: a pressed tab would jump away from under the pointer and lose the click. So tabs never move. They
 * wrap, since GraphiQL hides tabs that do not fit on one line without a scrollbar.
 */
export const PAGE_CSS = `html, body { height: 100%; margin: 0; }
body { display: flex; flex-direction: column; font: 14px/1.4 system-ui, sans-serif; background: #fff; color: #1f1e1c; }
#root { flex: 1; min-height: 0; height: auto; overflow: hidden; }
#root .graphiql-container { height: 100%; }
#root .graphiql-logo { display: none; }
#root .graphiql-tab { transform: none !important; }
#root .graphiql-tabs { flex-wrap: wrap; }
@media (max-width: 600px) { #root .graphiql-tabs { max-height: 9rem; overflow-y: auto; } }
#root .graphiql-session-header { height: auto; flex: none; }
#root #graphiql-session { min-height: 0; }
.key-bar { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; padding: 8px 16px; border-bottom: 1px solid #e5e3dc; }
.key-bar h1 { font-size: 15px; margin: 0; }
.key-bar form { display: flex; align-items: center; gap: 8px; flex: 1 1 320px; max-width: 560px; }
.key-bar input { flex: 1; min-width: 0; font: inherit; padding: 6px 8px; border: 1px solid #8d8a82; border-radius: 6px; background: transparent; color: inherit; }
.key-bar button { font: inherit; padding: 6px 12px; border: 1px solid #8d8a82; border-radius: 6px; background: transparent; color: inherit; cursor: pointer; min-height: 24px; }
.key-bar p { margin: 0; color: #55534e; }
@media (prefers-color-scheme: dark) {
  body { background: #181e1b; color: #e4e8e6; }
  .key-bar { border-color: #29312d; }
  .key-bar p { color: #bcc4c0; }
}
`

/**
 * Runs in the browser. The key stays in this tab's session storage and is added to every request without an Authorization
 * header of its own. A new key reloads the page, since only authenticated callers may read the schema.
 */
export const PAGE_JS = `(() => {
  const settings = JSON.parse(document.querySelector('#settings').textContent)
  const KEPT = 'storeline:playground-key'
  const kept = sessionStorage.getItem(KEPT)
  const key = kept === null ? settings.key ?? '' : kept
  const input = document.querySelector('#key')
  const state = document.querySelector('#key-state')
  input.value = key
  state.textContent = !key
    ? 'Without a key, requests use the dashboard session of this browser.'
    : kept === null ? 'This is the key of the demo.' : 'This key is used, in this tab alone.'
  document.querySelector('#key-form').addEventListener('submit', (event) => {
    event.preventDefault()
    sessionStorage.setItem(KEPT, input.value.trim())
    location.reload()
  })
  document.querySelector('#restore').addEventListener('click', () => {
    for (const name of Object.keys(localStorage)) if (name.startsWith('graphiql:')) localStorage.removeItem(name)
    location.reload()
  })

  const ask = window.fetch.bind(window)
  window.fetch = (target, options = {}) => {
    const headers = new Headers(options.headers)
    if (key && !headers.has('authorization')) headers.set('authorization', 'Bearer ' + key)
    return ask(target, { ...options, headers })
  }

  window.MonacoEnvironment = {
    globalAPI: false,
    getWorkerUrl: (_module, label) => settings.files + '/' + label + '.worker.js',
  }
  YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), {
    title: 'Storeline playground',
    endpoint: '/graphql',
    subscriptionsProtocol: 'SSE',
    defaultTabs: settings.tabs,
    credentials: 'same-origin',
    isHeadersEditorEnabled: true,
    defaultEditorToolsVisibility: 'variables',
    additionalHeaders: { 'x-graphql-yoga-csrf': '1' },
  })
})()
`
