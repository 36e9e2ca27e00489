try {
  const { dataset } = document.documentElement
  const theme = localStorage.getItem('hearth.theme')
  if (theme === 'light' || theme === 'dark') dataset.theme = theme
  if (localStorage.getItem('hearth.density') === 'compact') dataset.density = 'compact'
} catch {
  // without storage the system's theme holds
}
