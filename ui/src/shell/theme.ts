import { Monitor, Moon, Sun, type LucideIcon } from 'lucide-react'
import { applyTheme, theme, type Theme } from '../lib/store'

export const themes: { name: Theme; label: string; icon: LucideIcon }[] = [
  { name: 'system', label: 'As the system', icon: Monitor },
  { name: 'light', label: 'Light', icon: Sun },
  { name: 'dark', label: 'Dark', icon: Moon },
]

export function nextTheme(): void {
  const at = themes.findIndex(({ name }) => name === theme.get())
  applyTheme(themes[(at + 1) % themes.length]!.name)
}
