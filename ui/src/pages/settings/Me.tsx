import { useState } from 'react'
import { readToken } from '../../api/client'
import { applyDensity, applyTheme, density, displayZone, letterKeys, theme } from '../../lib/store'
import { browserZone } from '../../lib/time'
import { useEntry, useZone } from '../../place'
import { forgetToken } from '../../shell/Account'
import { themes } from '../../shell/theme'
import { ZoneList } from '../../shell/ZonePicker'
import { Popover } from '../../ui/Menu'
import { MyAccount } from './MyAccount'
import styles from './settings.module.css'

/** Who is logged in, and what this browser keeps for its user. */
export function Me() {
  const { person } = useEntry()
  return (
    <>
      {person && <MyAccount person={person} />}
      {person && <h2>This browser</h2>}
      <p className={styles.lead}>Kept in this browser, for every project.</p>
      <Choices label="Theme" name="theme" value={theme.use()} choices={themes.map(({ name, label }) => [name, label])} onChoose={applyTheme} />
      <Choices label="Rows" name="density" value={density.use()} choices={[['normal', 'Normal, 26 px'], ['compact', 'Compact, 22 px']]} onChoose={applyDensity} />
      <Zone />
      <Choices
        label="Keys of one letter" name="letters" value={letterKeys.use()} choices={[['on', 'On'], ['off', 'Off']]} onChoose={(value) => letterKeys.set(value)}
        help="Keys such as j, t and / do something without Ctrl or ⌘. Switch them off when you speak to your machine."
      />
      <SignOut />
    </>
  )
}

function Choices<T extends string>(props: { label: string; name: string; value: T; choices: [T, string][]; onChoose: (value: T) => void; help?: string }) {
  return (
    <fieldset className={styles.setting}>
      <legend>{props.label}</legend>
      <div className={styles.choices}>
        {props.choices.map(([value, label]) => (
          <label key={value}><input type="radio" name={props.name} checked={props.value === value} onChange={() => props.onChoose(value)} /><span>{label}</span></label>
        ))}
      </div>
      {props.help && <p className={styles.help}>{props.help}</p>}
    </fieldset>
  )
}

function Zone() {
  const zone = useZone()
  const chosen = displayZone.use()
  return (
    <fieldset className={styles.setting}>
      <legend>Times are shown in</legend>
      <div>
        <Popover kind="dialog" title="Choose the zone" label={zone} layerClassName={styles.zones}>{(close) => <ZoneList onChosen={close} />}</Popover>
      </div>
      <p className={styles.help}>{chosen ? `This browser is in ${browserZone()}.` : 'That is where this browser is.'} A link that names a zone shows it for as long as one stays with it.</p>
    </fieldset>
  )
}

/** Forgets the read token of this tab. */
function SignOut() {
  const [token] = useState(readToken)
  if (!token) return null
  return (
    <fieldset className={styles.setting}>
      <legend>Read token</legend>
      <div className={styles.row}>
        <code>{token.slice(0, 12)}…{token.slice(-3)}</code>
        <button type="button" className={styles.button} onClick={forgetToken}>Sign out</button>
      </div>
      <p className={styles.help}>It opened this project, and is forgotten when this tab is closed.</p>
    </fieldset>
  )
}
