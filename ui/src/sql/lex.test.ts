import { expect, test } from 'vitest'
import { lex, parameterName, unquoted } from './lex'

const kinds = (text: string) => lex(text).map((token) => `${token.kind}:${token.text}`)

test('text falls into words, strings, marks and comments', () => {
  expect(kinds(`SELECT a."b c" FROM r -- x 'y\nWHERE k->>'it''s' >= $min AND n=1.5e3::int /* $no */`)).toEqual([
    'word:SELECT', 'word:a', 'mark:.', 'quoted:"b c"', 'word:FROM', 'word:r', "comment:-- x 'y", 'word:WHERE', 'word:k', 'mark:->>',
    "string:'it''s'", 'mark:>=', 'parameter:$min', 'word:AND', 'word:n', 'mark:=', 'number:1.5e3', 'mark:::', 'word:int', 'comment:/* $no */',
  ])
  expect(kinds('$$a $b$$ $t$ $x$ $t$ größe')).toEqual(['string:$$a $b$$', 'string:$t$ $x$ $t$', 'word:größe'])
})

test('a parameter has a name, in braces or without', () => {
  const names = (text: string) => lex(text).flatMap((token) => parameterName(token) ?? [])
  expect(names('$a, ${b}, ${my-c}::text, ${ d }, ${e')).toEqual(['a', 'b', 'my-c'])
})

test('what does not end is open', () => {
  const open = (text: string) => lex(text).at(-1)!.open
  expect([open("a = 'x"), open("a = 'x''"), open("a = 'x'"), open("'"), open('"n'), open('/* x'), open('/*/'), open('-- x')]).toEqual([true, true, false, true, true, true, true, false])
})

test('a string gives its text', () => {
  expect(lex("'it''s' 'op").map(unquoted)).toEqual(["it's", 'op'])
  expect(lex("$q$a'b$q$").map(unquoted)).toEqual(["a'b"])
})
