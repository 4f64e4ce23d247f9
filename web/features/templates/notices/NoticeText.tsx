import { Button, Group } from '@mantine/core'
import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { languageName } from '../../../format/people.ts'
import { WhatsAppText } from '../../../format/WhatsAppText.tsx'
import { useCustomizeNoticeMutation } from '../../../generated/hooks.ts'
import { errorSentence } from '../../../graphql/errors.ts'
import { createIdempotencyKey } from '../../../graphql/idempotency-key.ts'
import { paths } from '../../../paths.ts'
import { ConfirmDialog } from '../../../ui/ConfirmDialog.tsx'
import { Pill } from '../../../ui/Pill.tsx'
import { showProblem } from '../../../ui/toasts.tsx'
import { useCan } from '../../../session/viewer.ts'
import { LanguageField } from '../fields/LanguageField.tsx'
import type { Notice } from './NoticeList.tsx'
import classes from './NoticeList.module.css'
import { useTemplateActions } from '../editor/use-template-actions.ts'

type Name = Notice['name']

/** Copies a notice's text into a template of the shop and opens it. */
function useCustomize(name: Name) {
  const [{ fetching }, customizeNotice] = useCustomizeNoticeMutation()
  const [, navigate] = useLocation()
  const customize = async (language: string) => {
    const { data, error } = await customizeNotice({ input: { name, language, idempotencyKey: createIdempotencyKey() } })
    const outcome = data?.customizeNotice
    if (outcome?.__typename === 'Template') return navigate(paths.template(outcome.id))
    showProblem('The text was not customised', error ? errorSentence(error) : (outcome?.message ?? 'Try again.'))
  }
  return { customize, busy: fetching }
}

function RevertNotice({ id, language }: { id: string; language: string }) {
  const [asking, setAsking] = useState(false)
  const { archive, busy } = useTemplateActions(id)
  return (
    <>
      <Button size="compact-sm" variant="subtle" onClick={() => setAsking(true)}>
        Revert to the built-in text
      </Button>
      <ConfirmDialog
        opened={asking}
        title="Revert to the built-in text?"
        confirmLabel="Revert"
        busy={busy === 'archive'}
        onClose={() => setAsking(false)}
        onConfirm={() => void archive().then(() => setAsking(false))}
      >
        Customers who read {languageName(language)} get the built-in text again. Your text moves to the archived
        templates.
      </ConfirmDialog>
    </>
  )
}

/** The text of a notice in one language. */
export function NoticeText({ name, text }: { name: Name; text: Notice['texts'][number] }) {
  const { customize, busy } = useCustomize(name)
  const canWrite = useCan()('templates:write')
  const own = text.template && !text.template.archived ? text.template : null
  const language = languageName(text.language)
  return (
    <div className={classes.text}>
      <Group gap="xs" justify="space-between">
        <Group gap={8}>
          <span className={classes.language}>{language}</span>
          {own && <Pill tone="info">Customised</Pill>}
        </Group>
        {own && (
          <Group gap={4}>
            {canWrite && text.builtIn !== null && <RevertNotice id={own.id} language={text.language} />}
            <Button component={Link} href={paths.template(own.id)} size="compact-sm" variant="default">
              {canWrite ? 'Edit' : 'Open'}
            </Button>
          </Group>
        )}
        {!own && canWrite && (
          <Button
            size="compact-sm"
            variant="default"
            loading={busy}
            aria-label={`Customise in ${language}`}
            onClick={() => void customize(text.language)}
          >
            Customise
          </Button>
        )}
      </Group>
      <p className={classes.body} dir="auto">
        <WhatsAppText text={own?.content.body ?? text.builtIn ?? ''} />
      </p>
    </div>
  )
}

/** Adds a text in a language that has no built-in one. */
export function AddNoticeLanguage({ notice }: { notice: Notice }) {
  const known = notice.texts.map((text) => text.language)
  const [language, setLanguage] = useState('')
  const { customize, busy } = useCustomize(notice.name)
  if (!useCan()('templates:write')) return null
  return (
    <Group gap="xs" align="flex-end" className={classes.add ?? ''}>
      <LanguageField
        value={language}
        readOnly={false}
        without={known}
        placeholder="Choose a language"
        onChange={setLanguage}
      />
      <Button variant="default" disabled={!language} loading={busy} onClick={() => void customize(language)}>
        Add
      </Button>
    </Group>
  )
}
