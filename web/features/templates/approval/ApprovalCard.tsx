import { Alert, Button, Stack, Text } from '@mantine/core'
import { IconAlertTriangle, IconSend } from '@tabler/icons-react'
import type { TemplateDetailFragment } from '../../../generated/operations.ts'
import { Card } from '../../../ui/Card.tsx'
import { APPROVAL_LABELS } from './approval.ts'
import { ApprovalPill } from './ApprovalPill.tsx'

type ApprovalCardProps = {
  template: TemplateDetailFragment
  unsaved: boolean
  submitting: boolean
  onSubmit: () => void
}

function note({ type, approval, approvedVersion, version }: TemplateDetailFragment): string {
  if (approval === 'NOT_SUBMITTED' && (type === 'LIST' || type === 'MEDIA')) {
    const what = type === 'LIST' ? 'lists' : 'images'
    return `Templates with ${what} cannot be submitted to WhatsApp from here. You can send them within 24 hours of a customer’s last message.`
  }
  const meaning = APPROVAL_LABELS[approval].meaning
  return approvedVersion !== null && approvedVersion !== version
    ? `${meaning} After the 24-hour window WhatsApp still sends version ${approvedVersion}; submit this version to replace it.`
    : meaning
}

/** The state of WhatsApp's review, updated live, and the button that submits the template. */
export function ApprovalCard({ template, unsaved, submitting, onSubmit }: ApprovalCardProps) {
  const { approval, rejectionReason, allowedActions } = template
  return (
    <Card title="WhatsApp" aside={<ApprovalPill approval={approval} />}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {note(template)}
        </Text>
        {rejectionReason && (
          <Alert color="red" variant="outline" icon={<IconAlertTriangle size={18} />} title="WhatsApp’s reason">
            {rejectionReason}
          </Alert>
        )}
        {allowedActions.includes('SUBMIT') && (
          <>
            <Button
              variant="default"
              loading={submitting}
              disabled={unsaved}
              leftSection={<IconSend size={17} aria-hidden="true" />}
              onClick={onSubmit}
            >
              Submit to WhatsApp
            </Button>
            {unsaved && (
              <Text size="sm" c="dimmed">
                Save your changes first.
              </Text>
            )}
          </>
        )}
      </Stack>
    </Card>
  )
}
