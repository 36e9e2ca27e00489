import { Activity, Info, KeyRound, KeySquare, Megaphone, ScanEye, SlidersHorizontal, SquareTerminal, UserRound, type LucideIcon } from 'lucide-react'

/** The pages of the settings, in their order. */
export const settingsPages: { path: string; label: string; icon: LucideIcon }[] = [
  { path: 'general', label: 'General', icon: SlidersHorizontal },
  { path: 'write-tokens', label: 'Write tokens', icon: KeyRound },
  { path: 'read-tokens', label: 'Read tokens', icon: ScanEye },
  { path: 'user-tokens', label: 'User tokens', icon: SquareTerminal },
  { path: 'api-keys', label: 'API keys', icon: KeySquare },
  { path: 'channels', label: 'Channels', icon: Megaphone },
  { path: 'ingest', label: 'Ingest', icon: Activity },
  { path: 'me', label: 'Me', icon: UserRound },
  { path: 'about', label: 'About', icon: Info },
]
