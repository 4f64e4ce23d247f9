import { Pill } from '../../ui/Pill.tsx'
import { APPROVAL_LOOKS, type Approval } from './approval.ts'

export function ApprovalPill({ approval }: { approval: Approval }) {
  const { tone, label } = APPROVAL_LOOKS[approval]
  return <Pill tone={tone}>{label}</Pill>
}
