import { InvalidArgumentError } from 'commander';

const secondsIn = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `90`, `15m`, `12h` or `30d`, in seconds. */
export function duration(text: string): number {
  const [, amount, unit = 's'] = /^(\d{1,9})([smhd])?$/.exec(text) ?? [];
  if (amount === undefined) throw new InvalidArgumentError('Write seconds, or 15m, 12h, 30d.');
  return Number(amount) * secondsIn[unit as keyof typeof secondsIn];
}
