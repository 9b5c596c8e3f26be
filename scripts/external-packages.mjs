/**
 * Packages that stay packages beside the bundles of src/: what is native or looks for files of its own, and what few runs load. All others are
 * inside of the bundles.
 */
export const externalPackages = [
  '@aws-sdk/client-batch',
  '@aws-sdk/client-s3',
  // Fastify loads these two where nothing else checks and writes; here something does.
  '@fastify/ajv-compiler',
  '@fastify/fast-json-stringify-compiler',
  '@fastify/swagger',
  '@fastify/swagger-ui',
  '@grpc/grpc-js',
  '@smithy/node-http-handler',
  '@tensorflow/tfjs-node',
  'apache-arrow',
  'onnxruntime-node',
  'sharp',
];
