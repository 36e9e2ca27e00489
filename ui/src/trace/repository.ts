// Where the code of an application can be read: what the project's settings say, else what logfire's CodeSource tells of its
// repository, and others as OpenTelemetry names it.

import { remoteUrl } from '../chat/link'
import { first, type Attributes } from './attributes'

/**
 * The page of a place in the code; undefined where nobody told of a repository, or the file is not of it. template: an
 * address with {file}, {line} and {revision} in it.
 */
export function sourceHref(resource: Attributes, file: string, line: string | undefined, template?: string): string | undefined {
  const path = pathIn(resource, file)
  const pattern = template ?? templateOf(resource)
  if (!pattern || path === undefined) return undefined
  const revision = first(resource, 'vcs.ref.head.revision', 'vcs.repository.ref.revision') ?? 'HEAD'
  const values: Record<string, string> = { file: path.map(encodeURIComponent).join('/'), line: encodeURIComponent(line ?? ''), revision: encodeURIComponent(revision) }
  const whole = line === undefined ? pattern.replace(/#[^#]*\{line\}.*$/, '') : pattern
  return remoteUrl(whole.replaceAll(/\{(file|line|revision)\}/g, (_, name: string) => values[name]!))?.href
}

/** The template of the repository that a resource tells of. */
function templateOf(resource: Attributes): string | undefined {
  const repository = repositoryUrl(first(resource, 'vcs.repository.url.full'))
  if (!repository) return undefined
  const [folder, anchor] = spelling(repository.hostname)
  return `${repository.origin}${repository.pathname.replace(/(?:\.git)?\/*$/, '')}/${folder}/{revision}/{file}#${anchor}{line}`
}

/** The address for a browser of what git may know as git@host:owner/name.git. */
function repositoryUrl(text: string | undefined): URL | undefined {
  const ssh = /^(?:ssh:\/\/)?git@([^:/]+)[:/](.+)$/.exec(text ?? '')
  return remoteUrl(ssh ? `https://${ssh[1]}/${ssh[2]}` : (text ?? ''))
}

/** How a forge writes the page of a file, and of a line in it. */
function spelling(host: string): [folder: string, anchor: string] {
  if (host.includes('gitlab')) return ['-/blob', 'L']
  if (host.includes('bitbucket')) return ['src', 'lines-']
  if (/gitea|forgejo|codeberg/.test(host)) return ['src/commit', 'L']
  return ['blob', 'L']
}

/** The path of a file from the root of its repository; undefined for one that lies outside, such as a library's. */
function pathIn(resource: Attributes, file: string): string[] | undefined {
  const parts = (path: string) => path.split(/[/\\]/).filter((part) => part !== '' && part !== '.')
  const absolute = /^(?:[/\\]|[A-Za-z]:)/.test(file)
  const work = parts(first(resource, 'logfire.code.work_dir') ?? '')
  let own = parts(file)
  if (absolute) {
    if (work.length === 0 || work.some((part, i) => own[i] !== part)) return undefined
    own = own.slice(work.length)
  }
  const path: string[] = []
  for (const part of [...parts(first(resource, 'logfire.code.root_path') ?? ''), ...own]) {
    if (part !== '..') path.push(part)
    else if (path.pop() === undefined) return undefined
  }
  return path
}
