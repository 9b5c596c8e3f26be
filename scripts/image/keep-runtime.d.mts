/** Leaves in node_modules of a folder what a running program loads; gives how many packages stay. */
export declare function keepRuntime(root: string): number;
