import { autocompletion, acceptCompletion, closeBrackets, closeBracketsKeymap, closeCompletion, completionStatus, insertBracket, moveCompletionSelection, pickedCompletion, selectedCompletion, startCompletion, type Completion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab, insertNewlineAndIndent } from '@codemirror/commands'
import { PostgreSQL, sql, SQLDialect } from '@codemirror/lang-sql'
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import { Annotation, Compartment, EditorState, Prec, StateField, type Extension } from '@codemirror/state'
import { Decoration, type DecorationSet, drawSelection, EditorView, highlightActiveLine, hoverTooltip, keymap, lineNumbers, placeholder, type KeyBinding } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import { useEffect, useImperativeHandle, useLayoutEffect, useRef, useState, type Ref } from 'react'
import { flushSync } from 'react-dom'
import type { Completion as Offer, Mode, Option } from './completion'

export interface EditorHandle {
  focus(): void
  /** Puts text where the cursor is, instead of what is selected. */
  insert(text: string): void
  /** Makes a text of the whole, as one step that can be undone. */
  replace(text: string): void
  /** What is selected, and where it begins; undefined when nothing is. */
  selection(): { text: string; from: number } | undefined
  hasFocus(): boolean
  blur(): void
}

/** What is wrong with the text, and where: in UTF-16 units from 0. */
export interface Problem {
  place: number
  message: string
  hint?: string | undefined
}

export interface EditorProps {
  value: string
  onChange: (text: string) => void
  mode: Mode
  /** What can stand at a place; asked as the user types. */
  complete: (text: string, place: number) => Promise<Offer | undefined>
  /** Keys that the page gives meaning to, as CodeMirror spells them. They get the text as it is, and tell whether they took the key. */
  keys: Record<string, (text: string) => boolean>
  label: string
  id?: string
  placeholder?: string
  problem?: Problem | undefined
  /** The text is wrong somewhere, even if nobody knows where. */
  wrong?: boolean
  /** Enter runs, and the text grows to six lines; else it is a page of text. */
  line?: boolean
  autoFocus?: boolean
  /** What is selected at first, from and to; the cursor is at the end when it is missing. */
  selected?: readonly [number, number] | undefined
  className?: string | undefined
  handle?: Ref<EditorHandle>
}

/** Marks a change that the page made. */
const given = Annotation.define<boolean>()

/**
 * A text of SQL with colours, completion and marked errors. It lives in a shadow root: there the editor's styles are
 * constructed sheets, which a policy without inline styles allows.
 */
export function Editor(props: EditorProps) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  const latest = useRef(props)
  latest.current = props
  const told = useRef<string[]>([])
  const [variable] = useState(() => new Compartment())

  useLayoutEffect(() => {
    const at = host.current!
    const root = at.shadowRoot ?? at.attachShadow({ mode: 'open' })
    const text = latest.current.value
    const [anchor, head] = latest.current.selected ?? [text.length, text.length]
    const made = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: text,
        selection: { anchor: Math.min(anchor, text.length), head: Math.min(head, text.length) },
        extensions: [extensions(latest, told.current), variable.of(contentOf(latest.current))],
      }),
    })
    view.current = made
    at.focus = () => made.focus() // who focuses the element means the text in it
    if (latest.current.autoFocus) made.focus()
    return () => made.destroy()
  }, [])

  useLayoutEffect(() => {
    // What the page hears of the text comes back as its value, perhaps after more was typed: only another value is news.
    const echo = told.current.indexOf(props.value)
    told.current.splice(0, echo < 0 ? told.current.length : echo + 1)
    const at = view.current!
    const text = at.state.doc.toString()
    if (echo >= 0 || text === props.value) return
    at.dispatch({ changes: { from: 0, to: text.length, insert: props.value }, selection: { anchor: props.value.length }, annotations: given.of(true) })
  }, [props.value])
  const { problem, wrong } = props
  useEffect(() => {
    const at = view.current!
    at.dispatch({ effects: variable.reconfigure([contentOf(latest.current), problem ? mark(at.state, problem) : []]) })
  }, [problem, wrong])

  useImperativeHandle(props.handle, (): EditorHandle => ({
    focus: () => view.current!.focus(),
    insert: (text) => {
      view.current!.dispatch(view.current!.state.replaceSelection(text), { scrollIntoView: true })
      view.current!.focus()
    },
    replace: (text) => view.current!.dispatch({ changes: { from: 0, to: view.current!.state.doc.length, insert: text } }),
    selection: () => {
      const { from, to } = view.current!.state.selection.main
      return from === to ? undefined : { text: view.current!.state.sliceDoc(from, to), from }
    },
    hasFocus: () => view.current!.hasFocus,
    blur: () => view.current!.contentDOM.blur(),
  }), [])
  return <div ref={host} id={props.id} className={props.className} data-editor={props.label} />
}

/** What the page says of the text itself: its name and whether it is wrong. */
function contentOf(props: EditorProps): Extension {
  return EditorView.contentAttributes.of({ 'aria-label': props.label, 'aria-invalid': String(props.wrong ?? props.problem !== undefined), spellcheck: 'false', autocapitalize: 'off', autocorrect: 'off' })
}

/** Underlines the word at the place, or the last character where there is none; the message is said when one points at it. */
function mark(state: EditorState, problem: Problem): Extension {
  const place = Math.min(Math.max(0, problem.place), state.doc.length)
  const word = /^(?:[\p{L}_$][\p{L}\p{N}_$]*|'[^']*'|\S)/u.exec(state.sliceDoc(place, place + 200))
  const [from, to] = word ? [place, place + word[0].length] : [Math.max(0, place - 1), place]
  if (from === to) return []
  const dom = () => {
    const box = document.createElement('div')
    box.className = 'problem'
    box.textContent = problem.hint ? `${problem.message}\n${problem.hint}` : problem.message
    return { dom: box }
  }
  const marks = StateField.define<DecorationSet>({
    create: () => Decoration.set([Decoration.mark({ class: 'wrong' }).range(from, to)]),
    update: (old, change) => old.map(change.changes),
    provide: (field) => EditorView.decorations.from(field),
  })
  const hover = hoverTooltip((view, at) => {
    const { value, from: pos, to: end } = view.state.field(marks).iter(at)
    return value && pos <= at ? { pos, end, above: true, create: dom } : null
  }, { hoverTime: 150 })
  return [marks, hover]
}

// Words of PostgreSQL that are names here.
const names = new Set(['level', 'message', 'attributes', 'kind', 'tags', 'duration', 'value', 'name', 'source', 'records'])
const dialect = SQLDialect.define({ ...PostgreSQL.spec, keywords: (PostgreSQL.spec.keywords ?? '').split(' ').filter((word) => !names.has(word)).join(' ') })

const kinds: Record<Option['kind'], string> = { table: 'type', column: 'property', key: 'variable', function: 'function', value: 'constant', word: 'keyword' }

function completionOf(option: Option): Completion {
  const made: Completion = {
    label: option.label, type: kinds[option.kind], boost: option.rank,
    ...(option.detail === undefined ? {} : { detail: option.detail }),
    ...(option.info === undefined ? {} : { info: option.info }),
    ...(option.apply === undefined ? {} : { apply: option.apply }),
  }
  if (option.kind !== 'function') return made
  return { ...made, apply: (view, completion, from, to) => applyCall(view, completion, option, from, to) }
}

/** Writes the name with its brackets, of which the second one can be typed over as if the first had been typed. */
function applyCall(view: EditorView, completion: Completion, option: Option, from: number, to: number): void {
  const whole = option.detail?.startsWith('()') ? `${option.label}()` : option.label
  view.dispatch({ changes: { from, to, insert: whole }, selection: { anchor: from + whole.length }, annotations: pickedCompletion.of(completion), userEvent: 'input.complete' })
  const bracket = whole === option.label && view.state.sliceDoc(from + whole.length, from + whole.length + 1) !== '(' ? insertBracket(view.state, '(') : null
  if (bracket) view.dispatch(bracket)
}

/** Asks the page what can stand at the cursor. */
async function offers(props: EditorProps, context: CompletionContext): Promise<CompletionResult | null> {
  const text = context.state.doc.toString()
  const word = context.matchBefore(/[\p{L}\p{N}_.'>]+$/u)
  if (!word && !context.explicit && !/[(=,]\s*$/.test(text.slice(0, context.pos))) return null
  const offer = await props.complete(text, context.pos)
  if (!offer || offer.options.length === 0 || context.aborted) return null
  if (offer.from === context.pos && !context.explicit && offer.options.length > 60) return null // everything is no help
  return { from: offer.from, to: offer.to, options: offer.options.map(completionOf), validFor: /^[\p{L}\p{N}_.\- ]*$/u }
}

/** Takes the chosen option, or the first one. */
function acceptFirst(view: EditorView): boolean {
  if (completionStatus(view.state) !== 'active') return false
  if (selectedCompletion(view.state) === null) moveCompletionSelection(true)(view)
  return acceptCompletion(view)
}

/**
 * Types over a selection as a change of the text. Left to itself, Chromium writes the text into a span that has the look of
 * what was there as an inline style, which the policy refuses and reports.
 */
const typeOver = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { from, to } = view.state.selection.main
    const text = event.data
    if (event.inputType !== 'insertText' || text === null || from === to || view.composing) return false
    event.preventDefault()
    const change = () => view.state.update(view.state.replaceSelection(text), { userEvent: 'input.type', scrollIntoView: true })
    if (!view.state.facet(EditorView.inputHandler).some((handle) => handle(view, from, to, text, change))) view.dispatch(change())
    return true
  },
})

function extensions(latest: { readonly current: EditorProps }, told: string[]): Extension {
  const { line, keys } = latest.current
  // The page is drawn at once, or the next key, if it comes fast, would find it as it was.
  const press = (key: string, text: string) => flushSync(() => latest.current.keys[key]?.(text) ?? false)
  // What is being offered, or looked for, ends with such a key: else it would come up over the result, and take the Escape
  // that is meant to cancel.
  const pressOver = (view: EditorView, key: string) => {
    closeCompletion(view)
    return press(key, view.state.doc.toString())
  }
  const own = Object.keys(keys).map((key): KeyBinding => ({ key, run: (view) => pressOver(view, key), preventDefault: key.startsWith('Mod-') }))
  return [
    Prec.highest(keymap.of([
      { key: 'Tab', run: acceptFirst },
      { key: 'Escape', run: (view) => completionStatus(view.state) !== null && closeCompletion(view) },
      { key: 'Enter', run: (view) => completionStatus(view.state) === 'active' && acceptCompletion(view) },
    ])),
    Prec.high(keymap.of([...own, ...(line ? [{ key: 'Shift-Enter', run: insertNewlineAndIndent }] : [])])),
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, { key: 'Ctrl-Space', run: startCompletion }, ...(line ? [] : [indentWithTab])]),
    history(), drawSelection(), closeBrackets(), bracketMatching(), EditorView.lineWrapping,
    sql({ dialect }), typeOver,
    autocompletion({
      override: [(context) => offers(latest.current, context)],
      compareCompletions: (a, b) => (b.boost ?? 0) - (a.boost ?? 0) || (a.label < b.label ? -1 : 1),
      activateOnTypingDelay: 120, maxRenderedOptions: 80,
      // In one line, Enter runs what was typed, and nothing is taken by chance.
      selectOnOpen: !line, interactionDelay: line ? 0 : 75,
    }),
    line ? [] : [lineNumbers(), highlightActiveLine()],
    placeholder(latest.current.placeholder ?? ''),
    theme, line ? lineTheme : pageTheme, syntaxHighlighting(colours),
    EditorView.updateListener.of((update) => {
      if (!update.docChanged || update.transactions.some((transaction) => transaction.annotation(given))) return
      const text = update.state.doc.toString()
      told.push(text)
      latest.current.onChange(text)
    }),
  ]
}

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], color: 'var(--syntax-key)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--syntax-string)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--syntax-number)' },
  { tag: [tags.typeName, tags.standard(tags.name)], color: 'var(--syntax-word)' },
  { tag: [tags.lineComment, tags.blockComment], color: 'var(--text-faint)' },
])

const layer = { border: '1px solid var(--border-strong)', borderRadius: '8px', background: 'var(--bg-raised)', color: 'var(--text)', boxShadow: 'var(--shadow)' }

const theme = EditorView.theme({
  '&': { color: 'var(--text)', background: 'transparent', fontSize: '12.5px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '18px' },
  '.cm-content': { caretColor: 'var(--text)' },
  '.cm-cursor': { borderLeftColor: 'var(--text)', borderLeftWidth: '1.5px' },
  '.cm-placeholder': { color: 'var(--text-faint)', fontFamily: 'var(--sans)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { background: 'color-mix(in srgb, var(--accent) 28%, transparent)' },
  '&.cm-focused .cm-matchingBracket, .cm-matchingBracket': { background: 'color-mix(in srgb, var(--accent) 22%, transparent)', outline: 'none' },
  '.wrong': { textDecoration: 'underline wavy var(--level-error) 1.2px', textUnderlineOffset: '3px', background: 'var(--error-bg)' },
  '.cm-tooltip': layer,
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', fontSize: '12px', maxHeight: '17em', padding: '3px', minWidth: '220px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { display: 'flex', alignItems: 'baseline', padding: '3px 8px 3px 4px', borderRadius: '5px', lineHeight: '18px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--bg-selected)', color: 'var(--text)' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700', color: 'var(--accent)' },
  '.cm-completionDetail': { marginLeft: 'auto', paddingLeft: '18px', fontStyle: 'normal', fontSize: '11px', color: 'var(--text-dim)', maxWidth: '260px', overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  '.cm-tooltip.cm-completionInfo': { ...layer, padding: '7px 10px', maxWidth: '340px', fontFamily: 'var(--sans)', fontSize: '12px', whiteSpace: 'pre-wrap' },
  '.cm-completionIcon': { width: '18px', paddingRight: '4px', opacity: '1', fontSize: '10px', textAlign: 'center', color: 'var(--text-faint)', boxSizing: 'border-box' },
  '.cm-completionIcon-type::after': { content: "'▤'" },
  '.cm-completionIcon-property::after': { content: "'▪'" },
  '.cm-completionIcon-variable::after': { content: "'{}'" },
  '.cm-completionIcon-function::after': { content: "'ƒ'" },
  '.cm-completionIcon-constant::after': { content: "'='" },
  '.cm-completionIcon-keyword::after': { content: "''" },
  '.problem': { maxWidth: '460px', padding: '7px 11px', borderLeft: '3px solid var(--level-error)', fontFamily: 'var(--sans)', fontSize: '12px', whiteSpace: 'pre-wrap' },
})

const lineTheme = EditorView.theme({
  '.cm-content': { padding: '5px 0' },
  '.cm-line': { padding: '0' },
  '.cm-scroller': { maxHeight: '118px', overflowY: 'auto' },
})

const pageTheme = EditorView.theme({
  '&': { height: '100%' },
  '.cm-content': { padding: '8px 0' },
  '.cm-line': { padding: '0 14px 0 6px' },
  '.cm-gutters': { background: 'transparent', border: '0', color: 'var(--text-faint)', fontFamily: 'var(--mono)' },
  '.cm-lineNumbers .cm-gutterElement': { padding: '0 6px 0 14px', minWidth: '34px' },
  '.cm-activeLine': { background: 'color-mix(in srgb, var(--text-faint) 7%, transparent)' },
})
