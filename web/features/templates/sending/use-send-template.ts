import { useRef, useState } from 'react'
import { useSendTemplateMutation } from '../../../generated/hooks.ts'
import { errorSentence } from '../../../graphql/errors.ts'
import { createIdempotencyKey } from '../../../graphql/idempotency-key.ts'
import type { Issue } from '../../../graphql/issues.ts'

type Value = { name: string; value: string }

/** Sends one template to one conversation. The same values keep their key, so that a second try never sends twice. */
export function useSendTemplate(templateId: string, conversationId: string) {
  const [{ fetching }, sendTemplate] = useSendTemplateMutation()
  const [problem, setProblem] = useState<string | null>(null)
  const [issues, setIssues] = useState<Issue[]>([])
  const attempt = useRef<{ says: string; key: string } | null>(null)

  const keyFor = (values: Value[]): string => {
    const says = JSON.stringify(values)
    if (attempt.current?.says !== says) attempt.current = { says, key: createIdempotencyKey() }
    return attempt.current.key
  }

  /** Answers whether the message is on its way. */
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
    // A refusal is an answer: the next try is a new one.
    if (!error) attempt.current = null
    if (outcome && 'issues' in outcome) setIssues(outcome.issues)
    const code = outcome?.__typename === 'PreflightError' ? ` (WhatsApp’s code ${outcome.code})` : ''
    setProblem(error ? errorSentence(error) : `${outcome?.message ?? 'Try again.'}${code}`)
    return false
  }
  return { send, sending: fetching, problem, issues }
}
