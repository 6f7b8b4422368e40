import type { Context } from 'koa';
import { knownDeviceSeconds } from '../domain/known-devices.js';

/** Where a browser keeps what it is known by, see `KnownDevices`; it outlives sessions and sign-outs. */
export interface DeviceCookie {
  read(ctx: Context): string | undefined;
  write(ctx: Context, value: string): void;
}

export function createDeviceCookie(issuer: URL): DeviceCookie {
  const secure = issuer.protocol === 'https:';
  const name = secure ? '__Host-gatehouse-device' : 'gatehouse-device';
  // Signed by itself: each proof in it carries its own.
  const signed = false;
  return {
    read: (ctx) => ctx.cookies.get(name, { signed }),
    write(ctx, value) {
      const maxAge = knownDeviceSeconds * 1000;
      ctx.cookies.set(name, value, { signed, secure, maxAge, path: '/', httpOnly: true, sameSite: 'lax' });
    },
  };
}
