// toLocaleString makes its format anew each time, which is most of what a row in a long list costs.
const format = new Intl.NumberFormat('en')

/** ↗641 ↙235: tokens into a model and out of it; what there was none of is left out. */
export function tokens(input: number, output: number): string {
  return [input > 0 && `↗${grouped(input)}`, output > 0 && `↙${grouped(output)}`].filter(Boolean).join(' ')
}

/** 12,345. */
export function grouped(n: number): string {
  return format.format(n)
}
