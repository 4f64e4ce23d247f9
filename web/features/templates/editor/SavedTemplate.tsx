import { ActionIcon, Alert, Button, Group, Menu } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconArchive, IconDeviceMobileMessage, IconDotsVertical } from '@tabler/icons-react'
import { useState } from 'react'
import type { TemplateDetailFragment, TemplateQuery } from '../../../generated/operations.ts'
import type { Issue } from '../../../graphql/issues.ts'
import { paths } from '../../../paths.ts'
import { ConfirmDialog } from '../../../ui/ConfirmDialog.tsx'
import { PageHeader } from '../../../ui/PageHeader.tsx'
import { Pill } from '../../../ui/Pill.tsx'
import { useTitle } from '../../../ui/use-title.ts'
import { useViewer } from '../../../session/viewer.ts'
import { ApprovalCard } from '../approval/ApprovalCard.tsx'
import { ApprovalPill } from '../approval/ApprovalPill.tsx'
import { ConflictDialog } from './ConflictDialog.tsx'
import { draftOf, withoutUnused } from './template-input.ts'
import { TemplateEditor } from './TemplateEditor.tsx'
import { TestSendDialog } from '../sending/TestSendDialog.tsx'
import { useLeaveGuard } from './use-leave-guard.ts'
import { useSaveTemplate } from './use-save-template.ts'
import { useTemplateActions } from './use-template-actions.ts'
import { VersionHistory, type TemplateVersion } from './VersionHistory.tsx'

type Template = NonNullable<TemplateQuery['template']>

/** The draft of a saved template. It follows what others save until the person edits it. */
function useDraft(template: Template) {
  const { currency } = useViewer().merchant
  const [edited, setEdited] = useState<{ draft: ReturnType<typeof draftOf>; version: number } | null>(null)
  // Built once per version, so that rows keep their keys.
  const [stored, setStored] = useState(() => ({ version: template.version, draft: draftOf(template, currency) }))
  if (stored.version !== template.version) {
    setStored({ version: template.version, draft: draftOf(template, currency) })
  }
  return {
    draft: edited?.draft ?? stored.draft,
    /** The version that the changes are based on. */
    version: edited?.version ?? template.version,
    unsaved: edited !== null,
    change: (draft: ReturnType<typeof draftOf>) => setEdited({ draft, version: edited?.version ?? template.version }),
    reset: () => setEdited(null),
  }
}

/** The page of one saved template: edit, send a test, submit to WhatsApp, archive. */
export function SavedTemplate({ template }: { template: Template }) {
  const { currency } = useViewer().merchant
  const { draft, version, unsaved, change, reset } = useDraft(template)
  const { save, saving } = useSaveTemplate(currency)
  const actions = useTemplateActions(template.id)
  const [issues, setIssues] = useState<Issue[]>([])
  const [theirs, setTheirs] = useState<TemplateDetailFragment | null>(null)
  const [archiving, confirmArchive] = useDisclosure()
  const [testing, test] = useDisclosure()
  const can = (action: Template['allowedActions'][number]) => template.allowedActions.includes(action)
  useTitle(template.name)
  useLeaveGuard(unsaved)

  const saveOver = async (base: number) => {
    setTheirs(null)
    const kept = withoutUnused(draft)
    change(kept)
    const outcome = await save(kept, { id: template.id, version: base })
    setIssues(outcome.kind === 'invalid' ? outcome.issues : [])
    if (outcome.kind === 'conflict') setTheirs(outcome.theirs)
    if (outcome.kind === 'saved') reset()
  }
  const submit = () => {
    setIssues([])
    void actions.submit((found) => {
      setIssues(found)
      scrollTo({ top: 0 })
    })
  }
  const discard = () => {
    setTheirs(null)
    setIssues([])
    reset()
  }
  const restoreVersion = ({ type, content, variables }: TemplateVersion) => {
    change(draftOf({ ...template, type, content, variables }, currency))
    scrollTo({ top: 0 })
  }
  return (
    <>
      <PageHeader
        title={template.name}
        back={{ to: paths.templates(), label: 'Templates' }}
        beside={template.archived ? <Pill tone="muted">Archived</Pill> : <ApprovalPill approval={template.approval} />}
      >
        <Group gap="xs">
          {can('SEND') && (
            <Button
              variant="default"
              leftSection={<IconDeviceMobileMessage size={18} aria-hidden="true" />}
              disabled={unsaved}
              onClick={test.open}
            >
              Send a test
            </Button>
          )}
          {unsaved && (
            <Button variant="default" disabled={saving} onClick={discard}>
              Discard changes
            </Button>
          )}
          {can('UPDATE') && (
            <Button disabled={!unsaved} loading={saving} onClick={() => void saveOver(version)}>
              Save
            </Button>
          )}
          {can('RESTORE') && (
            <Button loading={actions.busy === 'restore'} onClick={() => void actions.restore()}>
              Restore
            </Button>
          )}
          {can('ARCHIVE') && (
            <Menu position="bottom-end" withinPortal={false}>
              <Menu.Target>
                <ActionIcon variant="default" size={36} aria-label="More actions">
                  <IconDotsVertical size={18} />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item leftSection={<IconArchive size={16} aria-hidden="true" />} onClick={confirmArchive.open}>
                  {template.notice ? 'Revert to the built-in text' : 'Archive'}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          )}
        </Group>
      </PageHeader>
      {template.notice && !template.archived && (
        <Alert variant="light" color="blue" mb="md">
          Customers get this text instead of the built-in text, in this language.
        </Alert>
      )}
      <TemplateEditor
        draft={draft}
        isNew={false}
        readOnly={!can('UPDATE')}
        issues={issues}
        problem={unsaved ? 'Not saved yet' : 'Not submitted: WhatsApp would reject it'}
        onChange={change}
        aside={
          <>
            <ApprovalCard
              template={template}
              unsaved={unsaved}
              submitting={actions.busy === 'submit'}
              onSubmit={submit}
            />
            <VersionHistory template={template} canChange={can('UPDATE')} onRestore={restoreVersion} />
          </>
        }
      />
      <ConflictDialog
        theirs={theirs}
        onUseTheirs={discard}
        onOverwrite={() => void saveOver(theirs?.version ?? version)}
        onClose={() => setTheirs(null)}
      />
      <ConfirmDialog
        opened={archiving}
        title={template.notice ? 'Revert to the built-in text?' : 'Archive this template?'}
        confirmLabel={template.notice ? 'Revert' : 'Archive'}
        busy={actions.busy === 'archive'}
        onClose={confirmArchive.close}
        onConfirm={() => void actions.archive().then(confirmArchive.close)}
      >
        The template can no longer be sent. Messages already sent are not affected. You can restore it at any time.
      </ConfirmDialog>
      {testing && <TestSendDialog template={template} onClose={test.close} />}
    </>
  )
}
