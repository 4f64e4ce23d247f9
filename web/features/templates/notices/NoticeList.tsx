import { IconChevronDown } from '@tabler/icons-react'
import { useNoticesQuery } from '../../../generated/hooks.ts'
import type { NoticesQuery } from '../../../generated/operations.ts'
import { Card } from '../../../ui/Card.tsx'
import { ErrorMessage } from '../../../ui/ErrorMessage.tsx'
import { ListSkeleton } from '../../../ui/ListSkeleton.tsx'
import { Pill } from '../../../ui/Pill.tsx'
import { AddNoticeLanguage, NoticeText } from './NoticeText.tsx'
import classes from './NoticeList.module.css'
import { readableName } from '../sending/ValueFields.tsx'

export type Notice = NoticesQuery['notices'][number]

function NoticeItem({ notice }: { notice: Notice }) {
  const own = notice.texts.filter(({ template }) => template && !template.archived).length
  return (
    <details className={classes.notice}>
      <summary className={classes.summary}>
        <span className={classes.what}>
          <span className={classes.name}>{readableName(notice.name)}</span>
          <span className={classes.about}>{notice.description}</span>
        </span>
        {own > 0 ? (
          <Pill tone="info">{own === 1 ? '1 customised' : `${own} customised`}</Pill>
        ) : (
          <Pill tone="muted">Built-in</Pill>
        )}
        <IconChevronDown className={classes.chevron} size={18} aria-hidden="true" />
      </summary>
      <ul className={classes.texts}>
        {notice.texts.map((text) => (
          <li key={text.language}>
            <NoticeText name={notice.name} text={text} />
          </li>
        ))}
      </ul>
      <AddNoticeLanguage notice={notice} />
    </details>
  )
}

/** Every automatic notice with its text in each language: built-in or customised. */
export function NoticeList() {
  const [{ data, error, fetching }, refetch] = useNoticesQuery({ requestPolicy: 'cache-and-network' })
  return (
    <Card flush>
      {data?.notices.map((notice) => (
        <NoticeItem key={notice.name} notice={notice} />
      ))}
      {!data && error && (
        <ErrorMessage
          subject="Notices"
          error={error}
          retrying={fetching}
          onRetry={() => refetch({ requestPolicy: 'network-only' })}
        />
      )}
      {!data && !error && <ListSkeleton items="notices" />}
    </Card>
  )
}
