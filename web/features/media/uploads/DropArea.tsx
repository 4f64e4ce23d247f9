import { IconPhotoUp } from '@tabler/icons-react'
import { useState, type DragEvent, type ReactNode } from 'react'
import classes from './DropArea.module.css'

type DropAreaProps = { enabled: boolean; onFiles: (files: File[]) => void; children: ReactNode }

const carriesFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files')

/** Accepts files dropped anywhere on its children. The upload button is the alternative for keyboards and phones. */
export function DropArea({ enabled, onFiles, children }: DropAreaProps) {
  // Entering a child also fires dragleave on the parent, so a counter tells whether files are still above it.
  const [depth, setDepth] = useState(0)
  if (!enabled) return children
  return (
    <div
      className={classes.area}
      onDragEnter={(event) => {
        if (carriesFiles(event)) setDepth((now) => now + 1)
      }}
      onDragLeave={(event) => {
        if (carriesFiles(event)) setDepth((now) => Math.max(0, now - 1))
      }}
      onDragOver={(event) => {
        if (carriesFiles(event)) event.preventDefault()
      }}
      onDrop={(event) => {
        if (!carriesFiles(event)) return
        event.preventDefault()
        setDepth(0)
        onFiles([...event.dataTransfer.files])
      }}
    >
      {children}
      {depth > 0 && (
        <div className={classes.target} aria-hidden="true">
          <IconPhotoUp size={34} stroke={1.5} />
          Drop to upload
        </div>
      )}
    </div>
  )
}
