import { Button } from '@mantine/core'
import type { TemplateQuery } from '../../../generated/operations.ts'
import { Card } from '../../../ui/Card.tsx'
import { Pill } from '../../../ui/Pill.tsx'
import { useDates } from '../../../session/use-dates.ts'
import classes from './VersionHistory.module.css'

type Template = NonNullable<TemplateQuery['template']>
export type TemplateVersion = Template['versions'][number]

type VersionHistoryProps = {
  template: Template
  canChange: boolean
  /** Loads an old version into the editor; saving makes it the newest version. */
  onRestore: (version: TemplateVersion) => void
}

/** The template's versions, newest first. */
export function VersionHistory({ template, canChange, onRestore }: VersionHistoryProps) {
  const dates = useDates()
  if (template.versions.length < 2) return null
  return (
    <Card title="Versions" flush>
      <ol className={classes.list}>
        {template.versions.map((version) => (
          <li key={version.version} className={classes.row}>
            <span>
              <b>Version {version.version}</b>
              <time className={classes.when} dateTime={version.createdAt} title={dates.full(version.createdAt)}>
                {dates.moment(version.createdAt)}
              </time>
            </span>
            {version.version === template.approvedVersion && <Pill tone="good">Approved</Pill>}
            {version.version === template.version ? (
              <Pill tone="muted">Current</Pill>
            ) : (
              canChange && (
                <Button
                  size="compact-sm"
                  variant="default"
                  aria-label={`Restore version ${version.version}`}
                  onClick={() => onRestore(version)}
                >
                  Restore
                </Button>
              )
            )}
          </li>
        ))}
      </ol>
    </Card>
  )
}
