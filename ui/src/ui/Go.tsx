import { useRouter } from '@tanstack/react-router'
import type { ComponentProps } from 'react'

/** A link to a page of the app: a real address, opened without loading the app again. */
export function Go({ href, onClick, ...rest }: ComponentProps<'a'> & { href: string }) {
  const router = useRouter()
  return (
    <a
      {...rest} href={href}
      onClick={(event) => {
        onClick?.(event)
        if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
        event.preventDefault()
        router.history.push(href)
      }}
    />
  )
}
