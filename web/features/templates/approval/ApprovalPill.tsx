import { Pill } from '../../../ui/Pill.tsx'
import type { TemplateApproval } from '../../../generated/operations.ts'
import { APPROVAL_LOOKS } from './approval.ts'

export function ApprovalPill({ approval }: { approval: TemplateApproval }) {
  const { tone, label } = APPROVAL_LOOKS[approval]
  return <Pill tone={tone}>{label}</Pill>
}
