import { IconArrowLeft } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import classes from './PageHeader.module.css'

type PageHeaderProps = {
  title: string
  back?: { to: string; label: string }
  beside?: ReactNode
  search?: ReactNode
  children?: ReactNode
}

export function PageHeader({ title, back, beside, search, children }: PageHeaderProps) {
  return (
    <>
      {back && (
        <Link href={back.to} className={classes.back}>
          <IconArrowLeft size={16} aria-hidden="true" />
          {back.label}
        </Link>
      )}
      <div className={classes.header}>
        <div className={classes.heading}>
          <h1 className={classes.title}>{title}</h1>
          {beside}
        </div>
        {search && <div className={classes.search}>{search}</div>}
        {children}
      </div>
    </>
  )
}
