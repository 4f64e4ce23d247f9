import { UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import type { MediaPartsFragment } from '../../generated/operations.ts'
import { MediaImage } from '../media/MediaImage.tsx'
import { PhotoViewer } from '../media/PhotoViewer.tsx'
import classes from './PaymentCard.module.css'

const NAME = 'Proof of payment'

/** The photo that proves a bank transfer; a press opens it large. */
export function PaymentProof({ proof }: { proof: MediaPartsFragment }) {
  const [opened, setOpened] = useState(false)
  if (proof.status === 'FAILED')
    return <p className={classes.failure}>The photo cannot be shown: {proof.failure?.message}</p>
  if (proof.status !== 'READY')
    return (
      <p className={classes.dim} role="status">
        Downloading the photo…
      </p>
    )
  return (
    <>
      <UnstyledButton className={classes.proof} onClick={() => setOpened(true)} aria-label={`${NAME}: enlarge`}>
        <MediaImage url={proof.medium ?? proof.small ?? null} placeholder={proof.placeholder ?? null} alt={NAME} />
      </UnstyledButton>
      <PhotoViewer id={proof.id} name={NAME} opened={opened} onClose={() => setOpened(false)} />
    </>
  )
}
