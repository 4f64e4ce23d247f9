import { Button } from '@mantine/core'
import { useState } from 'react'
import { useLocation } from 'wouter'
import type { Issue } from '../../../graphql/issues.ts'
import { NotFoundPage } from '../../../layouts/NotFoundPage.tsx'
import { paths } from '../../../paths.ts'
import { PageHeader } from '../../../ui/PageHeader.tsx'
import { useTitle } from '../../../ui/use-title.ts'
import { useCan, useViewer } from '../../../session/viewer.ts'
import { emptyDraft } from './template-draft.ts'
import { withoutUnused } from './template-input.ts'
import { TemplateEditor } from './TemplateEditor.tsx'
import { useLeaveGuard } from './use-leave-guard.ts'
import { useSaveTemplate } from './use-save-template.ts'

const ALL = { to: paths.templates(), label: 'Templates' }

export function NewTemplatePage() {
  const { merchant } = useViewer()
  const can = useCan()
  const [, navigate] = useLocation()
  const [draft, setDraft] = useState(() => emptyDraft(merchant.locale.split(/[-_]/)[0] ?? 'en'))
  const [issues, setIssues] = useState<Issue[]>([])
  const { save, saving } = useSaveTemplate(merchant.currency)
  useTitle('New template')
  useLeaveGuard(draft.body !== '' && !saving)
  if (!can('templates:write')) {
    return (
      <NotFoundPage
        title="You cannot create templates"
        text="Your role does not allow it. Ask an owner or a manager of the shop."
        back={ALL}
      />
    )
  }

  const create = async () => {
    const kept = withoutUnused(draft)
    setDraft(kept)
    const outcome = await save(kept, null)
    setIssues(outcome.kind === 'invalid' ? outcome.issues : [])
    if (outcome.kind === 'saved') navigate(paths.template(outcome.template.id), { replace: true })
  }
  return (
    <>
      <PageHeader title="New template" back={ALL}>
        <Button loading={saving} onClick={() => void create()}>
          Save template
        </Button>
      </PageHeader>
      <TemplateEditor draft={draft} isNew readOnly={false} issues={issues} onChange={setDraft} />
    </>
  )
}
