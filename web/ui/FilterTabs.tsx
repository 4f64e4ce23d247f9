import { Link, useLocation } from 'wouter'
import { countText } from '../format/counts.ts'
import classes from './FilterTabs.module.css'
import { useParams } from './use-params.ts'

type FilterTabsProps = {
  label: string
  /** The URL parameter that holds the current tab's key; '' is the first tab. */
  param: string
  tabs: { key: string; label: string; count?: number | undefined }[]
}

/** Filters as links: each has a URL, opens in a new tab, and works with Back. */
export function FilterTabs({ label, param, tabs }: FilterTabsProps) {
  const [params] = useParams()
  const [path] = useLocation()
  const current = params.get(param) ?? ''
  const hrefOf = (key: string) => {
    const next = new URLSearchParams(params)
    for (const name of ['after', 'before', param]) next.delete(name)
    if (key) next.set(param, key)
    const query = next.toString()
    return query ? `${path}?${query}` : path
  }
  return (
    <nav className={classes.tabs} aria-label={label}>
      {tabs.map((tab) => (
        <Link
          key={tab.key}
          href={hrefOf(tab.key)}
          className={classes.tab}
          aria-current={tab.key === current ? 'true' : undefined}
        >
          {tab.label}
          {tab.count ? <span className={classes.count}>{countText(tab.count)}</span> : null}
        </Link>
      ))}
    </nav>
  )
}
