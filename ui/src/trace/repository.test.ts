import { expect, test } from 'vitest'
import { sourceHref } from './repository'

const github = { 'vcs.repository.url.full': 'https://github.com/acme/shop', 'vcs.repository.ref.revision': 'abc123' }

test('a place in the code is a page of the repository that the application told of', () => {
  expect(sourceHref(github, 'app/pay.py', '12')).toBe('https://github.com/acme/shop/blob/abc123/app/pay.py#L12')
  expect(sourceHref({ ...github, 'logfire.code.root_path': 'backend/' }, 'app/pay.py', undefined)).toBe('https://github.com/acme/shop/blob/abc123/backend/app/pay.py')
  expect(sourceHref({ ...github, 'logfire.code.root_path': 'backend' }, '../shared/a b.py', '3')).toBe('https://github.com/acme/shop/blob/abc123/shared/a%20b.py#L3')
  expect(sourceHref({ ...github, 'logfire.code.work_dir': '/srv/app' }, '/srv/app/pay.py', '1')).toBe('https://github.com/acme/shop/blob/abc123/pay.py#L1')
  expect(sourceHref({ 'vcs.repository.url.full': 'git@gitlab.acme.example:team/shop.git', 'vcs.ref.head.revision': 'v1/2' }, 'main.go', '7')).toBe('https://gitlab.acme.example/team/shop/-/blob/v1%2F2/main.go#L7')
  expect(sourceHref({ 'vcs.repository.url.full': 'https://bitbucket.org/a/b/' }, 'x.py', '7')).toBe('https://bitbucket.org/a/b/src/HEAD/x.py#lines-7')
})

test('the template of the project comes before what the application tells', () => {
  const template = 'https://code.acme.example/?at={revision}&path={file}&l={line}'
  expect(sourceHref(github, 'app/pay.py', '12', template)).toBe('https://code.acme.example/?at=abc123&path=app/pay.py&l=12')
  expect(sourceHref({}, 'pay.py', undefined, 'https://code.acme.example/{file}#L{line}')).toBe('https://code.acme.example/pay.py')
  expect(sourceHref({}, 'pay.py', '1', 'data:{file}')).toBeUndefined()
})

test('what is not of the repository, or leads elsewhere, has no page', () => {
  expect(sourceHref({}, 'app/pay.py', '12')).toBeUndefined()
  expect(sourceHref({ ...github, 'logfire.code.work_dir': '/srv/app' }, '/usr/lib/python3/json.py', '1')).toBeUndefined()
  expect(sourceHref(github, '/srv/app/pay.py', '1')).toBeUndefined()
  expect(sourceHref(github, '../../etc/passwd', '1')).toBeUndefined()
  expect(sourceHref({ 'vcs.repository.url.full': 'data:text/html,<script>alert(1)</script>' }, 'x.py', '1')).toBeUndefined()
})
