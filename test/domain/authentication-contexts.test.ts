import { describe, expect, test } from '@jest/globals';
import { judgeContext, ranked } from '../../src/domain/authentication-contexts.js';

/** As it will be with a second factor. */
const contexts = ranked(['password', 'second-factor']);

describe('An app that asks for an authentication context', () => {
  test.each<[session: string | undefined, wanted: string[], verdict: string]>([
    ['password', ['password'], 'satisfied'],
    ['second-factor', ['password'], 'satisfied'],
    ['password', ['second-factor'], 'sign-in'],
    ['password', ['phishing-proof', 'second-factor'], 'sign-in'],
    ['second-factor', ['phishing-proof', 'second-factor'], 'satisfied'],
    ['password', ['phishing-proof'], 'unreachable'],
    ['taken-away', ['password'], 'sign-in'],
    ['taken-away', ['taken-away'], 'satisfied'],
    [undefined, ['password'], 'sign-in'],
    [undefined, [''], 'unreachable'],
    ['password', [], 'unreachable'],
  ])('of a session by %s, %j is %s', (session, wanted, verdict) => {
    expect(judgeContext(wanted, session, { contexts })).toBe(verdict);
  });

  test('gets a value that it calls essential, and no stronger one in its place', () => {
    const exactly = { exactly: true, contexts };
    expect(judgeContext(['password'], 'second-factor', exactly)).toBe('sign-in');
    expect(judgeContext(['password'], 'password', exactly)).toBe('satisfied');
    expect(judgeContext(['phishing-proof'], 'second-factor', exactly)).toBe('unreachable');
  });
});
