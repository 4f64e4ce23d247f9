import { Link } from 'wouter'
import { languageName } from '../../../format/people.ts'
import type { TemplateLineFragment } from '../../../generated/operations.ts'
import { paths } from '../../../paths.ts'
import { useDates } from '../../../session/use-dates.ts'
import { ApprovalPill } from '../approval/ApprovalPill.tsx'
import { TYPE_LABELS } from '../editor/template-draft.ts'
import classes from './TemplateList.module.css'

function Row({ template }: { template: TemplateLineFragment }) {
  const dates = useDates()
  return (
    <Link href={paths.template(template.id)} className={classes.row}>
      <span className={classes.what}>
        <span className={classes.name}>{template.name}</span>
        <span className={classes.about}>{template.description || 'No description'}</span>
      </span>
      <span className={classes.facts}>
        {languageName(template.language)} · {TYPE_LABELS[template.type].label}
      </span>
      <ApprovalPill approval={template.approval} />
      <span className={classes.when}>
        Version {template.version}
        <time dateTime={template.updatedAt} title={dates.full(template.updatedAt)}>
          {dates.moment(template.updatedAt)}
        </time>
      </span>
    </Link>
  )
}

export function TemplateList({ templates }: { templates: TemplateLineFragment[] }) {
  return (
    <ul className={classes.list}>
      {templates.map((template) => (
        <li key={template.id}>
          <Row template={template} />
        </li>
      ))}
    </ul>
  )
}
