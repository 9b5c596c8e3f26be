/** Where the calls of management are among our routes: what comes in by their port is looked for under it, and nothing else. */
export const managementPath = '/torchserve';
