import { Pill } from '../../../ui/Pill.tsx'
import type { TemplateApproval } from '../../../generated/operations.ts'
import { APPROVAL_LABELS } from './approval.ts'

export function ApprovalPill({ approval }: { approval: TemplateApproval }) {
  const { tone, label } = APPROVAL_LABELS[approval]
  return <Pill tone={tone}>{label}</Pill>
}
