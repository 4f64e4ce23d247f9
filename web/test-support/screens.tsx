import { MantineProvider } from '@mantine/core'
import { render } from '@testing-library/react'
import type { ReactNode } from 'react'
import { Provider } from 'urql'
import { ConnectionContext } from '../session/connection.ts'
import { ViewerContext } from '../session/viewer.ts'
import type { ViewerPartsFragment } from '../generated/operations.ts'
import { createStore } from '../graphql/store.ts'
import { buildViewer } from './builders.ts'
import { createFakeApi, type FakeApi, type Roots } from './fake-api.ts'

// happy-dom has no font loading, which a growing text area listens to.
Object.defineProperty(document, 'fonts', { value: new EventTarget(), configurable: true })

type ShowOptions = { permissions?: string[]; role?: ViewerPartsFragment['role'] }

/** A screen of the dashboard as a signed-in member sees it, on an API in memory. */
export function showScreen(
  screen: ReactNode,
  roots: Roots,
  { permissions, role = 'OWNER' }: ShowOptions = {},
): FakeApi {
  const api = createFakeApi(roots)
  const built = buildViewer({ eventCursor: 'start' }) as unknown as ViewerPartsFragment
  const viewer = { ...built, role, ...(permissions && { permissions }) }
  render(
    <MantineProvider env="test">
      <ConnectionContext value={{ store: createStore(api.connection), renew: () => undefined }}>
        <Provider value={api.connection.client}>
          <ViewerContext value={viewer}>{screen}</ViewerContext>
        </Provider>
      </ConnectionContext>
    </MantineProvider>,
  )
  return api
}
