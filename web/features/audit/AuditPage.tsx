import { Button, NativeSelect, Stack, TextInput } from '@mantine/core'
import { IconHistory, IconSearchOff } from '@tabler/icons-react'
import { Link } from 'wouter'
import { useAuditLogQuery, useTeamQuery } from '../../generated/hooks.ts'
import type { AuditLogQuery } from '../../generated/operations.ts'
import { SettingsLayout } from '../../layouts/SettingsLayout.tsx'
import { paths } from '../../paths.ts'
import { Card } from '../../ui/Card.tsx'
import { ErrorMessage } from '../../ui/ErrorMessage.tsx'
import { ListSkeleton } from '../../ui/ListSkeleton.tsx'
import { Pager } from '../../ui/Pager.tsx'
import { StateMessage } from '../../ui/StateMessage.tsx'
import { usePage } from '../../ui/use-page.ts'
import { useParams } from '../../ui/use-params.ts'
import { useTitle } from '../../ui/use-title.ts'
import { useDates } from '../../session/use-dates.ts'
import { useViewer } from '../../session/viewer.ts'
import { AREAS, auditFilter, detailRows, KINDS } from './audit-filter.ts'
import classes from './AuditPage.module.css'

type Entry = AuditLogQuery['auditLog']['edges'][number]['node']

function Filters() {
  const [params, setParams] = useParams()
  const [{ data }] = useTeamQuery()
  const members = data?.staffMembers.edges.map(({ node }) => ({ value: node.id, label: node.name })) ?? []
  const set = (name: string) => (event: { currentTarget: { value: string } }) =>
    setParams({ [name]: event.currentTarget.value, after: null, before: null })
  const who = params.get('who') ?? ''
  const known = [...KINDS, ...members].some(({ value }) => value === who)
  return (
    <div className={classes.filters} role="search" aria-label="Filter the audit log">
      <NativeSelect label="Who" value={who} onChange={set('who')}>
        <option value="">Anyone</option>
        {KINDS.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
        {members.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
        {who && !known && <option value={who}>Someone else</option>}
      </NativeSelect>
      <NativeSelect label="What" value={params.get('what') ?? ''} data={AREAS} onChange={set('what')} />
      <TextInput label="From" type="date" value={params.get('from') ?? ''} onChange={set('from')} />
      <TextInput label="To" type="date" value={params.get('to') ?? ''} onChange={set('to')} />
    </div>
  )
}

function EntryItem({ entry }: { entry: Entry }) {
  const dates = useDates()
  const details = detailRows(entry.detail)
  return (
    <li>
      <div className={classes.line}>
        <span>
          <span className={classes.actor}>{entry.actorName}</span> · {entry.sentence}
        </span>
        <time className={classes.at} dateTime={entry.at}>
          {dates.moment(entry.at)}
        </time>
      </div>
      <details className={classes.more}>
        <summary>Details</summary>
        <dl className={classes.facts}>
          <dt>when</dt>
          <dd>{dates.full(entry.at)}</dd>
          {details.map(({ label, value }) => (
            <div key={label} className={classes.pair}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
          {entry.subjectId && (
            <>
              <dt>subject</dt>
              <dd>
                <Link href={paths.audit(entry.subjectId)}>All entries about this</Link>
              </dd>
            </>
          )}
          <dt>action</dt>
          <dd>{entry.action}</dd>
          {entry.requestId && (
            <>
              <dt>request</dt>
              <dd>{entry.requestId}</dd>
            </>
          )}
        </dl>
      </details>
    </li>
  )
}

function NoEntries({ filtered }: { filtered: boolean }) {
  if (!filtered)
    return (
      <StateMessage icon={IconHistory} title="No entries yet">
        Every change in the shop appears here.
      </StateMessage>
    )
  return (
    <StateMessage
      icon={IconSearchOff}
      title="No entry matches"
      action={
        <Button component={Link} href={paths.audit()} variant="default">
          Show all entries
        </Button>
      }
    >
      Try a longer period or another person.
    </StateMessage>
  )
}

export function AuditPage() {
  useTitle('Audit log')
  const [params, setParams] = useParams()
  const page = usePage()
  const filter = auditFilter(params, useViewer().merchant.timeZone)
  const filtered = Object.keys(filter).length > 0
  const [{ data, error, fetching }, refetch] = useAuditLogQuery({
    variables: { ...page.variables, ...(filtered && { filter }) },
    requestPolicy: 'cache-and-network',
  })
  const entries = data?.auditLog.edges.map(({ node }) => node)
  return (
    <SettingsLayout>
      <Stack gap="sm">
        <Filters />
        {params.get('subject') && (
          <div>
            <Button variant="default" size="xs" onClick={() => setParams({ subject: null, after: null, before: null })}>
              Entries about one subject · Show all
            </Button>
          </div>
        )}
        <Card title="Audit log" flush>
          {entries && entries.length > 0 && (
            <ul className={classes.list} aria-busy={fetching}>
              {entries.map((entry) => (
                <EntryItem key={entry.id} entry={entry} />
              ))}
            </ul>
          )}
          {entries?.length === 0 && !fetching && <NoEntries filtered={filtered} />}
          {!entries && error && (
            <ErrorMessage
              subject="The audit log"
              error={error}
              retrying={fetching}
              onRetry={() => refetch({ requestPolicy: 'network-only' })}
            />
          )}
          {((!entries && !error) || (entries?.length === 0 && fetching)) && <ListSkeleton items="entries" />}
          {data && <Pager page={page} info={data.auditLog.pageInfo} items="entries" />}
        </Card>
      </Stack>
    </SettingsLayout>
  )
}
