import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import './ui/tokens.css'
import { MantineProvider } from '@mantine/core'
import { createRoot } from 'react-dom/client'
import { Provider } from 'urql'
import { createCache } from './cache.ts'
import { ConnectionContext, createConnectionHolder, useConnection } from './session/connection.ts'
import { createConnection } from './graphql/connection.ts'
import { preloadFirstPage, Routes } from './routes.tsx'
import { cssVariables, theme } from './ui/theme.ts'
import { ToastArea } from './ui/ToastArea.tsx'

const holder = createConnectionHolder((onSignedOut) =>
  createConnection({ url: new URL('/graphql', location.href).href, cache: createCache(), onSignedOut }),
)

// The server writes a new nonce into every response (Content-Security-Policy); style elements created here need it.
const nonce = document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? ''

function App() {
  const { client } = useConnection()
  return (
    <Provider value={client}>
      <Routes />
    </Provider>
  )
}

preloadFirstPage(location.pathname)

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')

createRoot(root).render(
  <MantineProvider
    theme={theme}
    cssVariablesResolver={cssVariables}
    defaultColorScheme="auto"
    getStyleNonce={() => nonce}
  >
    <ToastArea />
    <ConnectionContext value={holder}>
      <App />
    </ConnectionContext>
  </MantineProvider>,
)
