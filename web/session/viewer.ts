import { createContext, useContext } from 'react'
import type { ViewerPartsFragment } from '../generated/operations.ts'

export const ViewerContext = createContext<ViewerPartsFragment | null>(null)

/** The signed-in member and their shop. */
export function useViewer(): ViewerPartsFragment {
  const viewer = useContext(ViewerContext)
  if (!viewer) throw new Error('Render this inside <SessionGate>')
  return viewer
}

/** Whether the member may change anything. The server decides each case; this hides buttons that it would refuse. */
export function useCanAct(): boolean {
  return useViewer().role !== 'VIEWER'
}

/** Returns a check for a permission, e.g. "templates:write". The server decides; this hides what it would refuse. */
export function useCan(): (permission: string) => boolean {
  const { permissions } = useViewer()
  return (permission) => permissions.includes(permission)
}
