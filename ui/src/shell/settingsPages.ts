import { UserRound, type LucideIcon } from 'lucide-react'

/** The pages of the settings, in their order. */
export const settingsPages: { path: string; label: string; icon: LucideIcon }[] = [
  { path: 'me', label: 'Me', icon: UserRound },
]
