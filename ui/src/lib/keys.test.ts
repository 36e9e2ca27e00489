import { expect, test } from 'vitest'
import { byFocus, spell, type Group } from './keys'

test('the pane with the focus is asked first, the others last', () => {
  const element = {} as Element
  const pane = (has: boolean) => ({ current: { contains: (other: Element) => has && other === element } as unknown as HTMLElement })
  const group = (name: string, of?: Group['pane']): Group => ({ name, bindings: [], pane: of })
  const all = [group('list'), group('elsewhere', pane(false)), group('page'), group('shell', 'shell'), group('here', pane(true)), group('gone', { current: null })]
  expect(byFocus(all, element).map((g) => g.name)).toEqual(['here', 'list', 'page', 'elsewhere', 'gone', 'shell'])
})

test('keys are spelt with what was held', () => {
  const key = (name: string, held: Partial<KeyboardEvent> = {}) => spell({ key: name, shiftKey: false, metaKey: false, ctrlKey: false, ...held })
  expect([key(' '), key('J', { shiftKey: true }), key('Enter', { shiftKey: true }), key('k', { metaKey: true }), key('ArrowLeft', { altKey: true })]).toEqual(['Space', 'J', 'Shift+Enter', 'Mod+k', 'Alt+ArrowLeft'])
})
