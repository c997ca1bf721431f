type Manifest = Record<string, unknown>;

/** What users of the package have no use for. */
const DEVELOPMENT = ["scripts", "devDependencies", "publishConfig", "allowScripts"];

/** The package.json that is published: `publishConfig` laid over the checkout's, less what serves development only. */
export function publishedManifest(checkout: Manifest): Manifest {
  const published = { ...checkout, ...(checkout.publishConfig as Manifest) };
  return Object.fromEntries(Object.entries(published).filter(([key]) => !DEVELOPMENT.includes(key)));
}
