import { fireEvent, render, screen } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'

import type { ChatBody, ChatMessage } from '../state/model.ts'
import { MessageBubble } from './MessageBubble.tsx'
import { TemplateReview } from './TemplateReview.tsx'

const message = (body: ChatBody): ChatMessage => ({
  wamid: 'wamid.1',
  seq: 1,
  revision: 1,
  status: 'delivered',
  phoneNumberId: '1',
  customerId: '2',
  from: 'shop',
  at: 0,
  body,
})
const show = (body: ChatBody, onTap = () => undefined as void) =>
  render(
    <MessageBubble
      message={message(body)}
      tail
      quoted={undefined}
      isChosen={() => false}
      shopName="Corner Café"
      onTap={onTap}
      onOpenList={() => undefined}
      onImageLoad={() => undefined}
    />,
  )

afterEach(() => {
  document.body.innerHTML = ''
  vi.unstubAllGlobals()
})

describe('a message with a link', () => {
  it('opens the page in a new tab', () => {
    show({
      kind: 'link',
      header: 'Order #12',
      text: 'Pay',
      footer: 'Safe',
      label: 'Pay now',
      url: 'https://pay.example/1',
    })
    const link = screen.getByRole('link', { name: 'Pay now' })
    expect(link.getAttribute('href')).toBe('https://pay.example/1')
    expect(link.getAttribute('target')).toBe('_blank')
    expect(link.getAttribute('rel')).toContain('noopener')
    expect(screen.getByText('Order #12')).toBeTruthy()
    expect(screen.getByText('Safe')).toBeTruthy()
  })

  it('never runs a script', () => {
    show({ kind: 'link', text: 'Pay', label: 'Pay now', url: 'javascript:alert(1)' })
    expect(screen.queryByRole('link')).toBeNull()
  })
})

describe('a template', () => {
  it('is shown filled in, with working buttons', () => {
    const taps: string[] = []
    const body: ChatBody = {
      kind: 'template',
      name: 'order_ready',
      header: 'Order #12',
      text: 'Hi Ana, it is *ready*.',
      footer: 'Corner Café',
      buttons: [
        { type: 'reply', id: 'order:12', title: 'My order' },
        { type: 'url', title: 'Pay', url: 'https://pay.example/1' },
        { type: 'phone', title: 'Call', phone: '+15550100' },
      ],
    }
    show(body, (...args: unknown[]) => void taps.push(String(args[0])))
    expect(screen.getByText('ready').tagName).toBe('STRONG')
    fireEvent.click(screen.getByRole('button', { name: 'My order' }))
    expect(taps).toEqual(['order:12'])
    expect(screen.getByRole('link', { name: 'Pay' }).getAttribute('target')).toBe('_blank')
    expect(screen.getByRole('link', { name: 'Call' }).getAttribute('href')).toBe('tel:+15550100')
  })
})

describe('the template review', () => {
  it('offers the possible decisions about each template', async () => {
    const fetched = vi.fn(async () => new Response('{}', { headers: { 'content-type': 'application/json' } }))
    vi.stubGlobal('fetch', fetched)
    const base = {
      wabaId: '1',
      language: 'en_US',
      category: 'UTILITY',
      parameterFormat: 'NAMED' as const,
      components: [],
      quality: 'UNKNOWN' as const,
      submittedAt: 0,
      editedAt: [],
      pauses: 0,
    }
    render(
      <TemplateReview
        templates={[
          { ...base, id: '7', name: 'new_one', status: 'PENDING' },
          { ...base, id: '8', name: 'old_one', status: 'DISABLED' },
        ]}
      />,
    )
    expect(screen.getByText('1 waiting')).toBeTruthy()
    expect(screen.queryByRole('button', { name: /old_one/, hidden: true })).toBeNull()
    fireEvent.click(screen.getByRole('button', { name: 'Reject new_one (en_US)', hidden: true }))
    await vi.waitFor(() => expect(fetched).toHaveBeenCalled())
    const [path, init] = fetched.mock.calls[0] as unknown as [string, RequestInit]
    expect([path, init.body]).toEqual(['/_emulator/control/templates/7/status', '{"status":"REJECTED"}'])
  })

  it('is hidden while no shop has templates', () => {
    render(<TemplateReview templates={[]} />)
    expect(screen.queryByRole('group')).toBeNull()
  })
})
