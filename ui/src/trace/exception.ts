/** A part of a stack trace: the lines of one frame, or lines between frames. */
export interface Frame {
  text: string
  /** It is of a library, not of the application. */
  library: boolean
}

const pythonFrame = /^\s+File "([^"]+)", line \d+/
const scriptFrame = /^\s+at /
const libraryPath = /site-packages|dist-packages|[/\\]lib[/\\]python\d|<frozen |node_modules|node:internal/

/** Takes a stack trace apart. Joined again, the frames are the text. */
export function frames(stack: string): Frame[] {
  const made: Frame[] = []
  let inFrame = false
  for (const line of stack.replace(/\n$/, '').split('\n')) {
    const starts = pythonFrame.test(line) || scriptFrame.test(line)
    const last = made.at(-1)
    if (starts) {
      made.push({ text: line, library: libraryPath.test(line) })
      inFrame = true
    } else if (inFrame && last && /^\s{3,}/.test(line)) {
      last.text += `\n${line}`
    } else {
      inFrame = false
      if (last && !pythonFrame.test(last.text) && !scriptFrame.test(last.text)) last.text += `\n${line}`
      else made.push({ text: line, library: false })
    }
  }
  return made
}

/** Puts neighbours that are of libraries together. */
export function fold(all: Frame[]): { library: boolean; frames: Frame[] }[] {
  const groups: { library: boolean; frames: Frame[] }[] = []
  for (const frame of all) {
    const last = groups.at(-1)
    if (last?.library === frame.library) last.frames.push(frame)
    else groups.push({ library: frame.library, frames: [frame] })
  }
  return groups
}
