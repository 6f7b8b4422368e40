import { expect } from '@jest/globals';
import { rawRequest, type RawAnswer, type RawRequest } from './raw-request.js';
import type { Instance } from './start.js';

/** Who asks: a browser gets a page in words, a program JSON. */
export type Form = 'page' | 'json';

const INSIDES = /node_modules|oidc-provider|koa|sqlite|mongo|\bat \S+ \(|\.[jt]s:\d+/iu;

/** What every refusal has: the right form, the right status, a trace in the log, and nothing of our insides. */
export function expectRefusal(
  { logged }: Pick<Instance, 'logged'>,
  answer: RawAnswer,
  { status, form, error }: { status: number; form: Form; error?: string },
): void {
  expect(answer).toMatchObject({ status });
  expect(answer.text).not.toMatch(INSIDES);
  const request = String(answer.headers['x-request-id']);
  if (form === 'page') {
    expect(answer.headers['content-type']).toContain('text/html');
    expect(answer.text).toMatch(/<main[^>]* data-error/u);
    expect(answer.text).toContain(`<code class="reference">${request}</code>`);
    if (error !== undefined) expect(answer.text).toContain(`<code>${error}</code>`);
  } else {
    expect(answer.headers['content-type']).toContain('application/json');
    const body = JSON.parse(answer.text) as Record<string, unknown>;
    expect(body).toMatchObject({
      error: error ?? expect.stringMatching(/^[a-z_]+$/u),
      error_description: expect.stringMatching(/^[ !#-[\]-~]+$/u),
    });
  }
  const reasons = logged.filter((line) => line.includes(`"request":"${request}"`) && /refused/u.test(line));
  expect(reasons).toHaveLength(1);
}

/** The same server works afterwards. */
export async function expectAlive(gatehouse: Instance): Promise<void> {
  const answer = await rawRequest(gatehouse, { target: '/oidc/.well-known/openid-configuration' });
  expect(answer.status).toBe(200);
}

export const asBrowser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

export function formPost(target: string, body: string, headers: Record<string, string> = {}): RawRequest {
  return {
    method: 'POST',
    target,
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
    },
  };
}
