import { useRef, useState } from 'react'
import { useSendTemplateMutation } from '../../../generated/hooks.ts'
import { errorSentence } from '../../../graphql/errors.ts'
import { createIdempotencyKey } from '../../../graphql/idempotency-key.ts'
import type { Issue } from '../../../graphql/issues.ts'

type Value = { name: string; value: string }

/** Sends a template to a conversation. A retry with the same values reuses the idempotency key, so it never sends twice. */
export function useSendTemplate(templateId: string, conversationId: string) {
  const [{ fetching }, sendTemplate] = useSendTemplateMutation()
  const [problem, setProblem] = useState<string | null>(null)
  const [issues, setIssues] = useState<Issue[]>([])
  const attempt = useRef<{ valuesKey: string; key: string } | null>(null)

  const keyFor = (values: Value[]): string => {
    const valuesKey = JSON.stringify(values)
    if (attempt.current?.valuesKey !== valuesKey) attempt.current = { valuesKey, key: createIdempotencyKey() }
    return attempt.current.key
  }

  /** Resolves to whether the server has accepted the message. */
  const send = async (values: Value[]): Promise<boolean> => {
    setProblem(null)
    setIssues([])
    const input = { templateId, conversationId, values, idempotencyKey: keyFor(values) }
    const { data, error } = await sendTemplate({ input })
    const outcome = data?.sendTemplate
    if (outcome?.__typename === 'Message') {
      attempt.current = null
      return true
    }
    // The server has refused it, so the next try is a new request with a new key.
    if (!error) attempt.current = null
    if (outcome && 'issues' in outcome) setIssues(outcome.issues)
    const code = outcome?.__typename === 'PreflightError' ? ` (WhatsApp error ${outcome.code})` : ''
    setProblem(error ? errorSentence(error) : `${outcome?.message ?? 'Try again.'}${code}`)
    return false
  }
  return { send, sending: fetching, problem, issues }
}
