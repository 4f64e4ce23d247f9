import './theme.css'
import './phone.css'
import './chat.css'

import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { createChatStore } from './chat-store.ts'
import { PhonePage } from './PhonePage.tsx'

const store = createChatStore()
store.connect()

createRoot(document.querySelector('#phone')!).render(
  <StrictMode>
    <PhonePage store={store} />
  </StrictMode>,
)
