import { useLocation } from 'wouter'
import { useOpenShopMutation } from '../generated/hooks.ts'
import { errorSentence } from '../graphql/errors.ts'
import { paths } from '../paths.ts'
import { showProblem } from '../ui/toasts.tsx'
import { useRenewConnection } from './connection.ts'

/** Switches to another shop of the signed-in member and opens a new connection for it. */
export function useOpenShop(): { opening: boolean; open: (merchantId: string, next?: string) => Promise<void> } {
  const [{ fetching }, openShop] = useOpenShopMutation()
  const renewConnection = useRenewConnection()
  const [, navigate] = useLocation()
  return {
    opening: fetching,
    open: async (merchantId, next = paths.home()) => {
      const { data, error } = await openShop({ input: { merchantId } })
      const outcome = data?.openShop
      if (error) return showProblem('The shop was not opened', errorSentence(error))
      if (outcome?.__typename === 'NotFoundError') return showProblem('The shop was not opened', outcome.message)
      renewConnection()
      navigate(next, { replace: true })
    },
  }
}
