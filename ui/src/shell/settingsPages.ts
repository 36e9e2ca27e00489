import { Activity, Hourglass, Info, KeyRound, KeySquare, Megaphone, ScanEye, ScrollText, SlidersHorizontal, SquareTerminal, UserRound, UsersRound, type LucideIcon } from 'lucide-react'
import { includes, type Role } from '../api/people'
import { useRole } from '../place'

/** The pages of the settings, in their order. */
export const settingsPages: { path: string; label: string; icon: LucideIcon; /** Which role has something to see there. */ role?: Role }[] = [
  { path: 'general', label: 'General', icon: SlidersHorizontal },
  { path: 'write-tokens', label: 'Write tokens', icon: KeyRound, role: 'member' },
  { path: 'read-tokens', label: 'Read tokens', icon: ScanEye, role: 'member' },
  { path: 'user-tokens', label: 'User tokens', icon: SquareTerminal },
  { path: 'api-keys', label: 'API keys', icon: KeySquare, role: 'member' },
  { path: 'channels', label: 'Channels', icon: Megaphone, role: 'member' },
  { path: 'members', label: 'Members', icon: UsersRound },
  { path: 'ingest', label: 'Ingest', icon: Activity },
  { path: 'retention', label: 'Retention', icon: Hourglass },
  { path: 'audit-log', label: 'Audit log', icon: ScrollText, role: 'admin' },
  { path: 'me', label: 'Me', icon: UserRound },
  { path: 'about', label: 'About', icon: Info },
]

/** The pages that are of use to who looks. Who has no role may get one, and finds there how. */
export function useSettingsPages(): typeof settingsPages {
  const have = useRole()
  return settingsPages.filter(({ role }) => have === undefined || role === undefined || includes(have, role))
}
