const key = 'hearth.reloadedAt'
const onceInMs = 60_000

/**
 * After an upgrade the parts of the app that an open page has not loaded yet are gone. The page is loaded again, once: when a
 * part is missing then too, the failure is shown.
 */
export function reloadForMissingChunks(): void {
  window.addEventListener('vite:preloadError', (event) => {
    const at = Number(sessionStorage.getItem(key) ?? 0)
    if (Date.now() - at < onceInMs) return
    sessionStorage.setItem(key, String(Date.now()))
    event.preventDefault()
    location.reload()
  })
}
