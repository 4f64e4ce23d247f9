import type { QueueStatsQuery } from '../../generated/operations.ts'
import classes from './JobsPage.module.css'
import { QUEUE_LABELS } from './queue-labels.ts'

type Stats = QueueStatsQuery['queueStats'][number]

/** The number of the shop's jobs in each queue, by state. */
export function QueueTable({ stats }: { stats: Stats[] }) {
  return (
    // A region that scrolls must be reachable by keyboard.
    <div className={classes.scroll} tabIndex={0} role="group" aria-label="Jobs by queue">
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">Queue</th>
            <th scope="col">Failed</th>
            <th scope="col">Running</th>
            <th scope="col">Waiting</th>
            <th scope="col">Scheduled</th>
            <th scope="col">Completed, last minute</th>
          </tr>
        </thead>
        <tbody>
          {stats.map(({ queue, active, waiting, delayed, failed, completedLastMinute, capped }) => {
            const least = (count: number) => (capped && count > 0 ? `${count}+` : count)
            return (
              <tr key={queue}>
                <th scope="row">{QUEUE_LABELS[queue]}</th>
                <td className={failed > 0 ? classes.bad : undefined}>{failed}</td>
                <td>{least(active)}</td>
                <td>{least(waiting)}</td>
                <td>{least(delayed)}</td>
                <td>{completedLastMinute}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
