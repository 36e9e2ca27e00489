/** A frame of a stack trace. */
export interface Frame {
  /** Its lines, as they came. */
  text: string
  /** Where it is, as an editor takes it: path:line. */
  place: string
  /** It is of a library, not of the application. */
  library: boolean
}

/** One exception of a chain: what was thrown and from where. */
export interface Thrown {
  /** Type and message, as the trace has them; empty when the trace does not say. */
  title: string
  frames: Frame[]
  /** How it came after the one before it in the text, in the trace's words; empty for the first. */
  link: string
}

/** A stack trace taken apart. */
export interface Stack {
  chain: Thrown[]
  /** The chain and the frames go from the oldest to the newest, as Python writes; others begin with the newest. */
  newestLast: boolean
}

const pythonFrame = /^\s*(?:[|+] *)?File "([^"]+)", line (\d+)/
const scriptFrame = /^\s+at (?:.*\()?((?:file:\/\/|node:|https?:\/\/|[A-Za-z]:|\/|\.|webpack|<anonymous>|internal|native)[^)]*?)(?::(\d+))?(?::\d+)?\)?$/
const javaFrame = /^\s+at (?:[\w.]+\/)*([\w.$<>]+)\(([^)]*)\)(?: .*)?$/
const goPlace = /^\s+(\S+\.(?:go|s)):(\d+)(?: \+0x[0-9a-f]+)?$/
const pythonLink = /^(?:During handling of the above exception, another exception occurred:|The above exception was the direct cause of the following exception:)$/
const causedBy = /^(?:\s*)(?:Caused by: |Suppressed: |\[cause\]: )/

const libraryPath = /site-packages|dist-packages|[/\\]lib[/\\]python\d|<frozen |node_modules|^node:|^internal[/\\]|^native|[/\\]pkg[/\\]mod[/\\]|[/\\]go[/\\]src[/\\]|[/\\]usr[/\\]local[/\\]go|[/\\]sdk[/\\]go\d|\/vendor\//
const libraryClass = /^(?:java|javax|jakarta|jdk|sun|com\.sun|kotlin|kotlinx|scala|groovy|org\.(?:springframework|apache|hibernate|eclipse|jboss|postgresql|junit|gradle)|io\.(?:netty|grpc|opentelemetry|micrometer|vertx)|reactor|com\.(?:zaxxer|fasterxml|google\.common))\./

/** Takes a stack trace apart: of Python, JavaScript, Go or Java. What it does not know stays text of the title. */
export function parseStack(text: string): Stack {
  const lines = text.replace(/\n+$/, '').split('\n')
  if (lines.some((line) => pythonFrame.test(line))) return { chain: parsePython(lines), newestLast: true }
  if (lines.some((line) => goPlace.test(line))) return { chain: [parseGo(lines)], newestLast: false }
  return { chain: parseAt(lines), newestLast: false }
}

function parsePython(lines: string[]): Thrown[] {
  const chain: Thrown[] = []
  let thrown: Thrown = { title: '', frames: [], link: '' }
  let inFrame = false
  const finish = () => {
    thrown.title = thrown.title.trim()
    if (thrown.frames.length > 0 || thrown.title) chain.push(thrown)
  }
  for (const line of lines) {
    const frame = pythonFrame.exec(line)
    if (frame) {
      thrown.frames.push({ text: line, place: `${frame[1]}:${frame[2]}`, library: libraryPath.test(frame[1]!) })
      inFrame = true
    } else if (pythonLink.test(line)) {
      finish()
      thrown = { title: '', frames: [], link: line.replace(/:$/, '') }
      inFrame = false
    } else if (inFrame && /^[\s|+]{3,}/.test(line)) {
      thrown.frames.at(-1)!.text += `\n${line}`
    } else {
      inFrame = false
      if (!/^[\s|+]*(?:Exception Group )?Traceback \(most recent call last\):$/.test(line)) thrown.title += `${line}\n`
    }
  }
  finish()
  return chain
}

/** Go writes a function, and below it where it stands. */
function parseGo(lines: string[]): Thrown {
  const thrown: Thrown = { title: '', frames: [], link: '' }
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!
    const place = goPlace.exec(lines[i + 1] ?? '')
    if (place) {
      thrown.frames.push({ text: `${line}\n${lines[i + 1]}`, place: `${place[1]}:${place[2]}`, library: libraryPath.test(place[1]!) || /^(?:runtime|net\/http|internal\/)[./]/.test(line) })
      i++
    } else if (line.trim() !== '') thrown.title += `${line}\n`
  }
  thrown.title = thrown.title.trim()
  return thrown
}

/** JavaScript and Java write lines that begin with at, and causes below them. */
function parseAt(lines: string[]): Thrown[] {
  const chain: Thrown[] = []
  let thrown: Thrown = { title: '', frames: [], link: '' }
  for (const line of lines) {
    const script = scriptFrame.exec(line)
    const java = script ? null : javaFrame.exec(line)
    if (script) {
      thrown.frames.push({ text: line, place: script[2] ? `${script[1]}:${script[2]}` : script[1]!, library: libraryPath.test(script[1]!) })
    } else if (java) {
      thrown.frames.push({ text: line, place: java[2]!, library: libraryClass.test(java[1]!) })
    } else if (/^\s+(?:at |\.\.\. \d+ (?:more|common frames omitted))/.test(line) && thrown.frames.length + thrown.title.length > 0) {
      thrown.frames.push({ text: line, place: '', library: true })
    } else if (causedBy.test(line)) {
      chain.push(thrown)
      thrown = { title: line.replace(causedBy, '').replace(/ \{$/, ''), frames: [], link: 'Caused by' }
    } else if (line.trim() !== '' && !/^\s*\}?$/.test(line)) {
      thrown.title += `${thrown.title && '\n'}${line.replace(/ \{$/, '')}`
    }
  }
  chain.push(thrown)
  return chain.filter(({ title, frames }) => title !== '' || frames.length > 0)
}

/** Neighbours that are of libraries, or that are not. */
export interface Group {
  library: boolean
  frames: Frame[]
}

/** Puts neighbours that are of libraries together. */
export function fold(all: Frame[]): Group[] {
  const groups: Group[] = []
  for (const frame of all) {
    const last = groups.at(-1)
    if (last?.library === frame.library) last.frames.push(frame)
    else groups.push({ library: frame.library, frames: [frame] })
  }
  return groups
}
