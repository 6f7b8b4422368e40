import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import ejs from 'ejs';
import { escapeText } from './display-text.js';
import { viewsDirectory } from './views-directory.js';

export type Template = (locals: Record<string, unknown>) => string;

/**
 * Every view, compiled at start: a fault in one shows then, and no request touches the disk. By path without extension
 * (`interaction/sign-in`). Templates see one variable, `l`, and escape by default; `l.partial(name, locals?)` puts
 * another one in, which sees the same `l` with the given locals added.
 */
export function loadTemplates(directory = viewsDirectory()): (name: string) => Template {
  const templates = new Map(
    readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ejs'))
      .map((file) => [file.slice(0, -'.ejs'.length).split(sep).join('/'), compile(join(directory, file))]),
  );
  function find(name: string): Template {
    const template = templates.get(name);
    if (!template) throw new Error(`No view "${name}".`);
    return (locals) => {
      const partial = (other: string, more?: Record<string, unknown>) => find(other)({ ...locals, ...more });
      return template({ ...locals, partial });
    };
  }
  return find;
}

/** The options are written here, once; no data ever reaches EJS as options (that way led to code execution in EJS 2 and 3). */
function compile(filename: string): Template {
  return ejs.compile(readFileSync(filename, 'utf8'), {
    filename,
    strict: true,
    localsName: 'l',
    rmWhitespace: true,
    escape: escapeText,
  });
}
