import type { Json } from './json.js';

/** Facts about the installation that all processes share, by name. */
export interface SettingStore {
  get(name: string): Promise<Json | undefined>;
  put(name: string, value: Json): Promise<void>;
  /** Stores the value unless one stands there; returns the one that stands there afterwards. */
  putIfAbsent(name: string, value: Json): Promise<Json>;
}
