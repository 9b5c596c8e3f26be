/** Packages that stay packages beside the bundles. */
export declare const externalPackages: readonly string[];
