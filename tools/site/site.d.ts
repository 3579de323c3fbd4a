/** What tools/site.mjs puts before the service worker; files by their names relative to the site, with their integrity. */
declare const SITE: {
  version: string;
  shell: Record<string, string>;
  large: Record<string, string>;
  engines: {
    /** A module that is valid where there is relaxed SIMD. */
    relaxedModule: number[];
    relaxed: Record<string, string>;
    plain: Record<string, string>;
  };
};
