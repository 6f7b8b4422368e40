import type { ServiceStore } from '../store/services.js';

/** The types of authorization details that services declare, by name, as they were at the last look. */
export interface KnownDetailsTypes {
  names(): readonly string[];
  /** Looks at the services; true when there are other types now. */
  refresh(): Promise<boolean>;
}

export async function loadDetailsTypes(services: Pick<ServiceStore, 'list'>): Promise<KnownDetailsTypes> {
  const look = async () => {
    const types = (await services.list()).flatMap(({ detailsTypes = [] }) => detailsTypes);
    return [...new Set(types.map(({ type }) => type))].sort();
  };
  let known = await look();
  return {
    names: () => known,
    async refresh() {
      const now = await look();
      const changed = now.join(' ') !== known.join(' ');
      known = now;
      return changed;
    },
  };
}
