import {
  useCreateWebhookEndpointMutation,
  useRedeliverWebhookMutation,
  useRemoveWebhookEndpointMutation,
  useReplayWebhooksMutation,
  useRotateWebhookSecretMutation,
  useSendTestEventMutation,
  useUpdateWebhookEndpointMutation,
} from '../../generated/hooks.ts'
import type { CreateWebhookEndpointInput, UpdateWebhookEndpointInput } from '../../generated/operations.ts'
import { errorSentence } from '../../graphql/errors.ts'
import { createIdempotencyKey } from '../../graphql/idempotency-key.ts'
import { useConnection } from '../../session/connection.ts'

type Answer<T> = { data?: T | undefined; error?: Parameters<typeof errorSentence>[0] | undefined }
type Refusal = { __typename: string; message?: string; issues?: { path: string; message: string }[] }

/** The result, or the `problems` by input field ('' for the request as a whole). */
export type Outcome<Done> = { done: Done } | { problems: Record<string, string> }

/** All problems in one text. */
export const problemText = (outcome: { problems: Record<string, string> }): string =>
  Object.values(outcome.problems).join(' ')

/** Webhook mutations. Each one refetches the webhook queries on screen afterwards. */
export function useWebhookActions() {
  const { activeQueries } = useConnection()
  const [, create] = useCreateWebhookEndpointMutation()
  const [, update] = useUpdateWebhookEndpointMutation()
  const [, remove] = useRemoveWebhookEndpointMutation()
  const [, rotate] = useRotateWebhookSecretMutation()
  const [, test] = useSendTestEventMutation()
  const [, redeliver] = useRedeliverWebhookMutation()
  const [, replay] = useReplayWebhooksMutation()

  async function outcomeOf<T, Name extends string, Member extends { __typename: string }, Done>(
    answer: Promise<Answer<Record<Name, Member> & T>>,
    field: Name,
    pick: (outcome: Member) => Done | null,
  ): Promise<Outcome<Done>> {
    const { data, error } = await answer
    activeQueries.refetch((name) => name.startsWith('Webhook'))
    if (error) return { problems: { '': errorSentence(error) } }
    const outcome = data?.[field]
    const done = outcome ? pick(outcome) : null
    if (done !== null) return { done }
    const { issues, message } = (outcome ?? {}) as Partial<Refusal>
    if (!issues) return { problems: { '': message ?? 'Something went wrong. Try again.' } }
    return {
      problems: Object.fromEntries(issues.map((issue) => [issue.path.replace('input.', ''), sentence(issue.message)])),
    }
  }

  return {
    create: (input: Omit<CreateWebhookEndpointInput, 'idempotencyKey'>) =>
      outcomeOf(
        create({ input: { ...input, idempotencyKey: createIdempotencyKey() } }),
        'createWebhookEndpoint',
        (made) => (made.__typename === 'WebhookEndpointWithSecret' ? made : null),
      ),
    update: (input: Omit<UpdateWebhookEndpointInput, 'idempotencyKey'>) =>
      outcomeOf(
        update({ input: { ...input, idempotencyKey: createIdempotencyKey() } }),
        'updateWebhookEndpoint',
        (endpoint) => (endpoint.__typename === 'WebhookEndpoint' ? endpoint : null),
      ),
    remove: (endpointId: string) =>
      outcomeOf(
        remove({ input: { endpointId, idempotencyKey: createIdempotencyKey() } }),
        'removeWebhookEndpoint',
        (removed) => (removed.__typename === 'RemovedWebhookEndpoint' ? removed : null),
      ),
    rotate: (endpointId: string) =>
      outcomeOf(
        rotate({ input: { endpointId, idempotencyKey: createIdempotencyKey() } }),
        'rotateWebhookSecret',
        (made) => (made.__typename === 'WebhookEndpointWithSecret' ? made : null),
      ),
    test: (endpointId: string) =>
      outcomeOf(test({ input: { endpointId, idempotencyKey: createIdempotencyKey() } }), 'sendTestEvent', (delivery) =>
        delivery.__typename === 'WebhookDelivery' ? delivery : null,
      ),
    redeliver: (deliveryId: string) =>
      outcomeOf(
        redeliver({ input: { deliveryId, idempotencyKey: createIdempotencyKey() } }),
        'redeliverWebhook',
        (delivery) => (delivery.__typename === 'WebhookDelivery' ? delivery : null),
      ),
    replay: (endpointId: string, after: string) =>
      outcomeOf(
        replay({ input: { endpointId, after, idempotencyKey: createIdempotencyKey() } }),
        'replayWebhooks',
        (endpoint) => (endpoint.__typename === 'WebhookEndpoint' ? endpoint : null),
      ),
  }
}

const sentence = (message: string): string => `${message.charAt(0).toUpperCase()}${message.slice(1)}.`
