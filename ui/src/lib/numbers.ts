// toLocaleString makes its format anew each time, which is most of what a row in a long list costs.
const format = new Intl.NumberFormat('en')

/** 12,345. */
export function grouped(n: number): string {
  return format.format(n)
}
