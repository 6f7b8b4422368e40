import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import Koa from 'koa';

/** A sample application that runs on a port of its own. */
export interface SampleServer {
  close(): Promise<void>;
}

const ASSETS: Record<string, string> = {
  'demo.css': 'text/css; charset=utf-8',
  'watch-sign-out.js': 'text/javascript; charset=utf-8',
  'board.js': 'text/javascript; charset=utf-8',
};

/** Assets stay where they are written: `tsc` compiles programs, it doesn't copy stylesheets. */
function assetsFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = join(folder, '..');
  return join(folder, 'demo', 'assets');
}

/**
 * What all sample applications do alike: answer for their own host name alone (a page elsewhere could otherwise reach
 * them by DNS rebinding), send the security headers, serve the shared assets, and turn a failure into words.
 *
 * `connect`: origins that the pages' scripts may talk to besides their own. `notFound`: the page for an address that
 * has none, where people rather than programs come.
 */
export function createSampleApp(
  url: string,
  { connect = [], notFound }: { connect?: string[]; notFound?: string } = {},
): Koa {
  const own = new URL(url);
  const folder = assetsFolder();
  const policy = [
    `default-src 'none'`,
    `script-src 'self'`,
    `style-src 'self'`,
    `img-src data:`,
    `connect-src ${["'self'", ...connect].join(' ')}`,
    `base-uri 'none'`,
    `frame-ancestors 'none'`,
  ].join('; ');

  const app = new Koa();
  app.on('error', (error: Error & { expose?: boolean }) => {
    // What was said to whoever asked needs no trace in the terminal.
    if (error.expose !== true) console.error(`${own.host}: ${error.stack ?? error.message}`);
  });
  app.use(async (ctx, next) => {
    ctx.set({
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      // Not `no-referrer`: with that, browsers say `Origin: null` when they send a form.
      'referrer-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    if (ctx.host !== own.host) return ctx.throw(421, `This is ${own.origin}; ask for it by that name.`);
    await next();
  });
  app.use(async (ctx, next) => {
    await next();
    if (ctx.status !== 404 || ctx.body != null || !notFound || ctx.accepts('json', 'html') !== 'html') return;
    ctx.type = 'html';
    ctx.body = notFound;
    ctx.status = 404;
  });
  app.use(async (ctx, next) => {
    const name = ctx.path.startsWith('/assets/') ? ctx.path.slice('/assets/'.length) : '';
    const type = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
    if (!type) return next();
    ctx.type = type;
    ctx.body = await readFile(join(folder, name));
  });
  return app;
}

/** Listens on the loopback interface, whatever the environment says. */
export async function serve(app: Koa, port: number): Promise<SampleServer> {
  const answer = app.callback();
  const server = createServer((request, response) => void answer(request, response));
  await listen(server, port);
  return {
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
