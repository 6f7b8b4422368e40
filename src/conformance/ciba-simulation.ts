import type { Context, Middleware } from 'koa';
import { AppError } from '../domain/app-error.js';
import { passwordSignIn } from '../domain/sign-in.js';
import { route, routes } from '../http/routes.js';
import type { AccountDoor } from '../oidc/account-door.js';
import type { Clock } from '../store/store.js';

const ANSWERS: Readonly<Record<string, 'approve' | 'deny'>> = { allow: 'approve', deny: 'deny' };

/**
 * The suite's `automated_ciba_approval_url`: answers a request in place of the person. It is there in the profile
 * `conformance` alone, where nobody's account is anything worth.
 */
export function cibaSimulation(deps: { issuer: URL; door: AccountDoor; clock: Clock }): Middleware {
  const handle = async (ctx: Context) => {
    const { authReqId, action } = ctx.query;
    const answer = typeof action === 'string' && Object.hasOwn(ANSWERS, action) ? ANSWERS[action] : undefined;
    if (answer === undefined || typeof authReqId !== 'string') throw new AppError('bad_request', 400);
    const authTime = Math.floor(deps.clock() / 1000);
    const { acr, amr } = passwordSignIn;
    const counts = await deps.door.answerUnseen(authReqId, answer, { authTime, acr, amr: [...amr] });
    if (!counts) throw new AppError('not_found', 404);
    ctx.body = { answered: answer };
  };
  const path = `${deps.issuer.pathname.replace(/\/$/u, '')}/ciba-sim`;
  return routes('', [route({ method: 'GET', path, access: () => undefined, handle })]);
}
