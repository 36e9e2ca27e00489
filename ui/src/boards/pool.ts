// So many requests at a time; the others wait in line, and leave it when nobody wants their answer any more.

export class Pool {
  private running = 0
  private waiting: (() => void)[] = []

  constructor(private readonly most: number) {}

  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted()
    if (this.running < this.most) this.running++
    else await this.turn(signal) // with the place of one that has ended
    try {
      signal.throwIfAborted()
      return await work()
    } finally {
      const next = this.waiting.shift()
      if (next) next()
      else this.running--
    }
  }

  private turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.waiting = this.waiting.filter((other) => other !== go)
        reject(signal.reason as Error)
      }
      const go = () => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      signal.addEventListener('abort', leave, { once: true })
      this.waiting.push(go)
    })
  }
}

/** What all panels share: more would wait in the browser and in the server anyway. */
export const panelPool = new Pool(6)
