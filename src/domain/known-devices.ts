import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../store/store.js';
import type { UserRecord } from '../store/users.js';
import type { Vault } from './vault.js';

/** How long a browser is known after the last sign-in from it. */
export const knownDeviceSeconds = 180 * 24 * 60 * 60;
/** People who can share a browser; the one who has not signed in for longest is forgotten first. */
const peoplePerDevice = 5;

/**
 * Tells the browsers that a user has signed in from, by what they keep: `<device>~<time>.<proof>~…`, one proof for each
 * person, none of which says whose it is. A proof cannot be made, or moved to another device or user, without the
 * master key; a new password ends all of a user's. Nothing is stored here.
 */
export interface KnownDevices {
  /** The id of the device, when what it keeps proves that this user has signed in from it. */
  recognise(user: UserRecord | undefined, kept: string | undefined): string | undefined;
  /** What the device is to keep now that this user has signed in from it. */
  remember(user: UserRecord, kept: string | undefined): string;
}

interface Proof {
  /** In seconds, base 36. */
  time: string;
  mac: string;
}

const form = /^[\w-]{22}(?:~[0-9a-z]{1,9}\.[\w-]{43}){1,5}$/u;

export function createKnownDevices({ vault, clock }: { vault: Vault; clock: Clock }): KnownDevices {
  const seconds = () => Math.floor(clock() / 1000);

  /** Without a user the work is the same, and nothing was ever proved for nobody. */
  const macOf = (user: UserRecord | undefined, device: string, time: string) =>
    vault.fingerprint(
      'device',
      JSON.stringify([device, time, user?.id ?? null, user?.passwordChangedAt ?? null]),
    );

  const proves = (user: UserRecord | undefined, device: string, { time, mac }: Proof) =>
    timingSafeEqual(Buffer.from(macOf(user, device, time)), Buffer.from(mac)) &&
    seconds() < parseInt(time, 36) + knownDeviceSeconds;

  return {
    recognise(user, kept) {
      const { device, proofs } = read(kept);
      return proofs.some((proof) => proves(user, device, proof)) ? device : undefined;
    },
    remember(user, kept) {
      const { device, proofs } = read(kept);
      const time = seconds().toString(36);
      const others = proofs.filter((proof) => !proves(user, device, proof));
      return [{ time, mac: macOf(user, device, time) }, ...others]
        .slice(0, peoplePerDevice)
        .reduce((text, proof) => `${text}~${proof.time}.${proof.mac}`, device);
    },
  };
}

/** Whatever is not of our making is a device that nobody has used. */
function read(kept: string | undefined): { device: string; proofs: Proof[] } {
  if (kept === undefined || !form.test(kept))
    return { device: randomBytes(16).toString('base64url'), proofs: [] };
  const [device = '', ...proofs] = kept.split('~');
  return {
    device,
    proofs: proofs.map((proof) => {
      const [time = '', mac = ''] = proof.split('.');
      return { time, mac };
    }),
  };
}
