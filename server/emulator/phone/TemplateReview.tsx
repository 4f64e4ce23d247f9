import { useState } from 'react'

import type { ShownTemplate } from '../state/model.ts'
import { decideTemplate, type Decision } from './api.ts'

const states: Record<ShownTemplate['status'], string> = {
  PENDING: 'In review',
  APPROVED: 'Approved',
  REJECTED: 'Rejected',
  PAUSED: 'Paused',
  DISABLED: 'Disabled',
}

/** The decisions that a reviewer can make about a template, by its status. */
const decisions: Record<ShownTemplate['status'], readonly { status: Decision['status']; label: string }[]> = {
  PENDING: [
    { status: 'APPROVED', label: 'Approve' },
    { status: 'REJECTED', label: 'Reject' },
  ],
  APPROVED: [
    { status: 'PAUSED', label: 'Pause' },
    { status: 'REJECTED', label: 'Reject' },
  ],
  REJECTED: [{ status: 'APPROVED', label: 'Approve' }],
  PAUSED: [{ status: 'APPROVED', label: 'Approve' }],
  DISABLED: [],
}

/** The review of message templates: lists the shops' templates and offers the reviewer's decisions. */
export function TemplateReview({ templates }: { templates: readonly ShownTemplate[] }) {
  const [problem, setProblem] = useState<string>()
  if (templates.length === 0) return null

  async function decide(template: ShownTemplate, status: Decision['status']): Promise<void> {
    try {
      await decideTemplate(template.id, { status })
      setProblem(undefined)
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
    }
  }

  const waiting = templates.filter((template) => template.status === 'PENDING').length
  return (
    <details className="review">
      <summary>
        Templates in WhatsApp’s review{' '}
        <span className="small">{waiting > 0 ? `${waiting} waiting` : 'none waiting'}</span>
      </summary>
      <ul>
        {templates.map((template) => (
          <li key={template.id}>
            <span className="review-name">
              {template.name} <span className="small">{template.language}</span>
            </span>
            <span className="small">{states[template.status]}</span>
            <span className="review-actions">
              {decisions[template.status].map(({ status, label }) => (
                <button
                  key={status}
                  type="button"
                  aria-label={`${label} ${template.name} (${template.language})`}
                  onClick={() => void decide(template, status)}
                >
                  {label}
                </button>
              ))}
            </span>
          </li>
        ))}
      </ul>
      {problem !== undefined && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
    </details>
  )
}
