// The pages of a project, as the rail, the keys and the palette name them.

import { Activity, Bell, ChartSpline, DatabaseSearch, LayoutDashboard, Settings, type LucideIcon } from 'lucide-react'

export interface Page {
  /** Below the project's address. */
  path: string
  label: string
  /** Where there is room for a short word only. */
  short?: string
  key: string
  icon: LucideIcon
}

export const pages: Page[] = [
  { path: '', label: 'Live', key: 'g l', icon: Activity },
  { path: '/explore', label: 'Explore', key: 'g e', icon: DatabaseSearch },
  { path: '/dashboards', label: 'Dashboards', short: 'Boards', key: 'g d', icon: LayoutDashboard },
  { path: '/alerts', label: 'Alerts', key: 'g a', icon: Bell },
  { path: '/metrics', label: 'Metrics', key: 'g m', icon: ChartSpline },
  { path: '/settings', label: 'Settings', key: 'g s', icon: Settings },
]

/** The page that an address below the project belongs to. */
export function pageOf(path: string): Page {
  return pages.findLast((page) => path === page.path || path.startsWith(`${page.path}/`)) ?? pages[0]!
}
