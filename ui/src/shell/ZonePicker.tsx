import { useState } from 'react'
import { matching } from '../lib/match'
import { displayZone, useNow } from '../lib/store'
import { browserZone, clock, now, offset } from '../lib/time'
import { useChange, useZone } from '../place'
import { Popover } from '../ui/Menu'
import { SearchList } from '../ui/SearchList'
import styles from './Shell.module.css'

/** Names the button, for others that lead to it. */
export const zoneButton = 'zone'

const mostShown = 60

/** Browsers list these under their old names. */
const newNames: Record<string, string> = {
  'Asia/Calcutta': 'Kolkata', 'Asia/Katmandu': 'Kathmandu', 'Asia/Rangoon': 'Yangon', 'Asia/Saigon': 'Ho Chi Minh', 'Europe/Kiev': 'Kyiv',
  'Atlantic/Faeroe': 'Faroe', 'America/Godthab': 'Nuuk',
}

/** A zone as people read it. */
function nameOf(zone: string): string {
  const name = zone.replaceAll('_', ' ')
  return newNames[zone] ? `${name} (${newNames[zone]})` : name
}

/** All zones, the browser's own and UTC first. */
function zones(): string[] {
  return [...new Set([browserZone(), 'UTC', ...Intl.supportedValuesOf('timeZone')])]
}

/** Chooses the zone in which this browser shows times. An address that names another no longer does. */
export function useChooseZone(): (zone: string) => void {
  const change = useChange()
  return (zone) => {
    displayZone.set(zone === browserZone() ? '' : zone)
    change({ tz: undefined }, true)
  }
}

/** The list of zones with a field to search in it. */
export function ZoneList({ onChosen }: { onChosen: () => void }) {
  const [text, setText] = useState('')
  const chosen = useZone()
  const choose = useChooseZone()
  const own = browserZone()
  const items = matching(zones(), text, nameOf).slice(0, mostShown).map((zone) => ({
    id: zone, label: zone === own ? `${nameOf(zone)} (this browser)` : nameOf(zone), hint: offset(now(), zone), current: zone === chosen,
  }))
  return (
    <SearchList
      label="Zone" placeholder="City or region …" text={text} onText={setText} items={items} empty="No zone has such a name."
      onChoose={(item) => { onChosen(); choose(item.id) }}
    />
  )
}

/** The time in the zone in which times are shown; a click changes it. */
export function ZonePicker() {
  const zone = useZone()
  const at = useNow(1000) * 1000
  return (
    <Popover
      kind="dialog" buttonId={zoneButton} title={`Times are shown in ${zone}`} className={styles.picker} layerClassName={styles.zones} align="end"
      label={<><span className={styles.clock}>{clock(at, zone).slice(0, 8)}</span><span className={styles.dim}>{offset(at, zone)}</span></>}
    >
      {(close) => <ZoneList onChosen={close} />}
    </Popover>
  )
}
