/** Builds the URL of every page; every link uses it. */
export const paths = {
  home: () => '/',
  signIn: (next?: string) => (next && next !== '/' ? `/sign-in?next=${encodeURIComponent(next)}` : '/sign-in'),
  orders: (status?: string) => (status ? `/orders?status=${status}` : '/orders'),
  order: (number: number) => `/orders/${number}`,
  conversations: (show?: string) => (show ? `/conversations?show=${show}` : '/conversations'),
  conversation: (id: string) => `/conversations/${id}`,
  products: () => '/products',
  customers: () => '/customers',
  templates: (show?: string) => (show ? `/templates?show=${show}` : '/templates'),
  newTemplate: () => '/templates/new',
  template: (id: string) => `/templates/${id}`,
  media: (id?: string) => (id ? `/media?open=${id}` : '/media'),
  more: () => '/more',
  settings: () => '/settings',
  apiKeys: () => '/settings/keys',
  paymentSettings: () => '/settings/payments',
  team: () => '/settings/team',
  audit: (subjectId?: string) => (subjectId ? `/settings/audit?subject=${subjectId}` : '/settings/audit'),
  webhooks: () => '/settings/webhooks',
  webhook: (id: string) => `/settings/webhooks/${id}`,
  jobs: () => '/settings/jobs',
}

/** Prevents open redirects: returns the home page for anything but a path of this site (`//evil.example`, `https:`). */
export function safeNext(next: string | null): string {
  return next && /^\/(?![/\\])/.test(next) ? next : paths.home()
}
