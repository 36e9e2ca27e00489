import { lazy, Suspense } from 'react'
import { Copy } from '../ui/Copy'
import styles from './Text.module.css'

const Highlighted = lazy(() => import('./Highlighted').then((module) => ({ default: module.Highlighted })))

/** A block of code, in colours where its language is one of the common ones. */
export function Code({ code, language }: { code: string; language: string }) {
  return (
    <figure className={styles.code} aria-label={language ? `Code in ${language}` : 'Code'}>
      <figcaption>{language}<Copy text={code} title="Copy the code" /></figcaption>
      <pre tabIndex={0}>{language ? <Suspense fallback={code}><Highlighted code={code} language={language} /></Suspense> : code}</pre>
    </figure>
  )
}
