import createError, { type FastifyErrorConstructor } from '@fastify/error';

/**
 * Every error Glimpse raises on purpose: a stable code, the HTTP status it becomes, one sentence with `%s` where arguments go.
 * Codes are never renamed or reused; `docs/errors.md` lists them and a test keeps page and catalogue equal.
 */
// prettier-ignore
export const errorCatalogue = {
  // the request itself
  GLIMPSE_BAD_REQUEST: [400, 'The request is malformed: %s'],
  GLIMPSE_INVALID_REQUEST: [400, 'The request does not fit its schema: %s'],
  GLIMPSE_NO_IMAGE: [400, 'The request holds no image: send a file part, an image body, or JSON with "instances".'],
  GLIMPSE_BAD_BASE64: [400, 'Instance %s is not valid base64: %s.'],
  GLIMPSE_BAD_MULTIPART: [400, 'The multipart body is malformed: %s'],
  GLIMPSE_ROUTE_NOT_FOUND: [404, 'There is no %s.'],
  GLIMPSE_METHOD_NOT_ALLOWED: [405, '%s takes %s, not %s.'],
  GLIMPSE_RECEIVE_TIMEOUT: [408, 'The request did not arrive whole in time.'],
  GLIMPSE_BODY_TOO_LARGE: [413, 'The body is larger than %s bytes (%s).'],
  GLIMPSE_TOO_MANY_IMAGES: [413, 'The request holds more than %s images (GLIMPSE_MAX_IMAGES_PER_REQUEST).'],
  GLIMPSE_UNSUPPORTED_MEDIA_TYPE: [415, 'This call does not take a body of type %s.'],
  GLIMPSE_NOT_ACCEPTABLE: [406, 'This call answers %s, and the header accept takes none of them.'],
  GLIMPSE_JSON_TOO_COMPLEX: [413, 'The JSON of the request holds more than %s.'],
  GLIMPSE_REQUEST_TOO_COSTLY: [413, 'The request needs %s bytes of memory at once; there are %s for one like it (GLIMPSE_MEMORY_BUDGET_BYTES).'],
  GLIMPSE_MEMORY_FULL: [429, 'The memory of this server is in use by requests that came before (GLIMPSE_MEMORY_BUDGET_BYTES); try again shortly.'],
  GLIMPSE_WAIT_TOO_LONG: [429, 'The request would wait about %s ms for its turn, longer than its deadline allows.'],
  GLIMPSE_EXPECTATION_FAILED: [417, 'This server meets no expectation but 100-continue, and so not %s.'],
  GLIMPSE_HEADERS_TOO_LARGE: [431, 'The headers of the request are larger than 16 KiB.'],
  GLIMPSE_CLIENT_CLOSED: [499, 'The client left before the answer.'],
  GLIMPSE_DEADLINE_EXCEEDED: [504, 'The answer was not ready within %s ms.'],
  GLIMPSE_DRAINING: [503, 'This server is shutting down and takes no new work.'],
  GLIMPSE_PROCESS_AWAY: [503, 'The process of this server that takes this call is being started again.'],
  GLIMPSE_INTERNAL: [500, 'Something went wrong on our side.'],
  // who may do what
  GLIMPSE_UNAUTHENTICATED: [401, 'Who sent the request is not known: %s.'],
  GLIMPSE_FORBIDDEN: [403, 'The caller may not do this: %s.'],
  GLIMPSE_LOCAL_ONLY: [403, 'Without keys this call (scope "%s") answers only callers on the machine itself; make keys (glimpse keys create, GLIMPSE_KEYS_FILE), or set GLIMPSE_OPEN=1 to let anybody in.'],
  GLIMPSE_ORIGIN_FORBIDDEN: [403, 'The request is refused because of where it comes from: %s.'],
  GLIMPSE_RATE_LIMITED: [429, 'The caller has used up its budget of %s.'],
  GLIMPSE_TLS_INVALID: [500, 'The certificate cannot be used: %s.'],
  GLIMPSE_KEYS_INVALID: [500, 'The keys cannot be used: %s.'],
  // images
  GLIMPSE_UNSUPPORTED_FORMAT: [415, 'The image format is %s; PNG, JPEG, WebP, GIF, AVIF and TIFF are read.'],
  GLIMPSE_IMAGE_BYTES_TOO_LARGE: [413, 'The image has %s bytes; the limit is %s (GLIMPSE_MAX_IMAGE_BYTES).'],
  GLIMPSE_IMAGE_TOO_LARGE: [422, 'The image has %s pixels; the limit is %s (GLIMPSE_MAX_PIXELS).'],
  GLIMPSE_TOO_MANY_FRAMES: [422, 'The image has %s frames; the limit is %s (GLIMPSE_MAX_FRAMES).'],
  GLIMPSE_IMAGE_EMPTY: [422, 'The image has no bytes.'],
  GLIMPSE_IMAGE_UNREADABLE: [422, 'The image cannot be decoded: %s'],
  GLIMPSE_FILE_UNREADABLE: [422, 'The file cannot be read: %s'],
  GLIMPSE_IMAGE_TRUNCATED: [422, 'The image ends before its last pixel.'],
  GLIMPSE_IMAGE_DAMAGED: [422, 'The image is damaged inside: some of its pixels are lost.'],
  GLIMPSE_PIXEL_COUNT: [422, 'The pixel array has %s values; the model takes %s.'],
  GLIMPSE_PIXEL_VALUE: [422, 'Pixel %s is not a number from 0 to 255.'],
  GLIMPSE_PIXEL_RANGE: [422, 'No pixel is above %s: they look scaled to 0..1; give them from 0 to 255.'],
  GLIMPSE_INPUT_UNKNOWN: [400, 'There is no input "%s": this model takes "%s" as it is, "pixels" of 0 to 255, and encoded files as "image" of BYTES.'],
  GLIMPSE_INPUT_SHAPE: [400, 'One example of the tensor "%s" has the shape %s; the model takes %s, behind an axis for the batch.'],
  GLIMPSE_INPUT_VALUE: [400, 'The tensor "%s" holds a value that is no finite number.'],
  GLIMPSE_CANNOT_READ_LINES: [422, 'Every digit is read only of image files, by a model whose contract finds handwriting: %s.'],
  GLIMPSE_CANNOT_EXPLAIN_PIXELS: [422, 'What the model saw is shown of image files only: pixels and tensors are given to it as they come.'],
  GLIMPSE_TOO_MANY_DIGITS: [422, 'The picture holds more digits than %s, the limit (GLIMPSE_MAX_DIGITS).'],
  GLIMPSE_DECODE_QUEUE_FULL: [429, '%s images are waiting to be decoded already; try again shortly.'],
  // models, versions, labels
  GLIMPSE_MODEL_NOT_FOUND: [404, 'There is no model "%s".'],
  GLIMPSE_VERSION_NOT_FOUND: [404, 'Model "%s" has no version %s.'],
  GLIMPSE_PREDICTION_NOT_FOUND: [404, 'There is no prediction "%s" that is remembered or logged.'],
  GLIMPSE_PREDICTION_IMAGE_NOT_FOUND: [404, 'No image of the prediction "%s" is kept.'],
  GLIMPSE_NO_SETS: [409, 'Version %s of "%s" has no prediction sets: its manifest names no threshold for them (it was trained elsewhere, or before there were any, or by too few examples).'],
  GLIMPSE_CLASS_NOT_FOUND: [422, 'Version %s of "%s" answers no class "%s".'],
  GLIMPSE_NO_PREDICTION_LOG: [409, 'Predictions are not logged here (GLIMPSE_PREDICTION_LOG).'],
  GLIMPSE_LABEL_NOT_FOUND: [404, 'Model "%s" has no label "%s".'],
  GLIMPSE_LABEL_CONFLICT: [409, 'Label "%s" was moved by somebody else; read it again and repeat.'],
  GLIMPSE_POLICY_CONFLICT: [409, 'The release policy of "%s" was changed by somebody else; read it again and repeat.'],
  GLIMPSE_TRAFFIC_CONFLICT: [409, 'Who answers for production of "%s" was changed by somebody else; read it again and repeat.'],
  GLIMPSE_NOTHING_BEFORE: [409, 'The history of "%s" knows no version that the label "%s" pointed at before version %s.'],
  GLIMPSE_APPROVAL_PENDING: [409, 'The change of "%s" is protected, and waits until another caller with the scope "release" approves it (%s).'],
  GLIMPSE_APPROVAL_NOT_FOUND: [404, 'Nothing of "%s" waits for approval under "%s".'],
  GLIMPSE_APPROVAL_OWN: [403, 'Who asked for a change cannot approve it; another caller with the scope "release" can.'],
  GLIMPSE_APPROVALS_FULL: [409, 'More than %s changes of "%s" would wait for approval; decide about some first.'],
  GLIMPSE_HISTORY_CONFLICT: [409, 'The history of "%s" takes no entry: others keep taking its next number.'],
  GLIMPSE_TOO_MANY_LABELS: [409, 'Model "%s" has %s labels, and none may be added; remove one first.'],
  GLIMPSE_TOO_MANY_MODELS: [409, 'There are %s models already (GLIMPSE_MAX_MODELS), and "%s" would be another.'],
  GLIMPSE_MODEL_NOT_READY: [503, 'Model "%s" cannot answer: %s'],
  GLIMPSE_VERSION_IN_USE: [409, 'Version %s of "%s" cannot be deleted: %s.'],
  GLIMPSE_MODEL_IN_USE: [409, 'Model "%s" cannot be deleted: this server is not ready without it (GLIMPSE_DEFAULT_MODEL, GLIMPSE_READY_MODELS).'],
  GLIMPSE_NOT_RESTORABLE: [409, '%s cannot be taken back: its files are being removed, or are gone.'],
  GLIMPSE_MODEL_DELETED: [409, 'Model "%s" was deleted: take it back before anything is published as it, or wait until its files are removed.'],
  GLIMPSE_DATASET_PURGED: [409, 'The files of %s are being removed, because it was deleted; try again in a minute.'],
  GLIMPSE_LOADED_BYTES_FULL: [503, 'Version %s of "%s" takes about %s bytes of memory; loaded versions may have %s together, and those that must stay leave too few (GLIMPSE_MAX_LOADED_BYTES, or the limits of the model).'],
  GLIMPSE_NOT_BY_CALLS: [409, 'This server does not take this call: it loads and unloads as GLIMPSE_MODEL_CONTROL=%s says.'],
  GLIMPSE_MODEL_LOADED: [409, 'A model is loaded under the name "%s" already.'],
  GLIMPSE_MODEL_URL_FORBIDDEN: [403, 'The model %s lies outside of the folder of the models of an endpoint (GLIMPSE_SAGEMAKER_MODELS_DIR), or is not there.'],
  GLIMPSE_NOT_OFFERED: [501, 'This server does not do that: %s'],
  GLIMPSE_BAD_NAME: [400, 'The %s "%s" is not usable: letters, digits, ".", "_" and "-", 1 to 64 of them, starting with a letter or digit.'],
  GLIMPSE_NAME_RESERVED: [400, 'No model can be called "%s": the repository keeps its datasets there.'],
  GLIMPSE_QUEUE_FULL: [429, '%s images are waiting for this version already; try again shortly.'],
  GLIMPSE_RUNTIME_FAILED: [500, 'The model failed on this batch: %s'],
  GLIMPSE_RUNTIME_MISSING: [500, 'The runtime "%s" is not installed: %s'],
  GLIMPSE_DIED_WHILE_LOADING: [422, 'The server died while loading version %s, %s times in a row: set aside until its manifest changes or POST /models/%s/refresh gives it another try.'],
  GLIMPSE_MODEL_TIMEOUT: [504, 'The model was not %s within %s ms (%s).'],
  GLIMPSE_MODEL_MEMORY: [500, 'The model used %s bytes of memory; the limit is %s (GLIMPSE_CELL_MEMORY_BYTES).'],
  GLIMPSE_CELLS_FULL: [503, 'There is no memory for the cell of this model: it takes %s bytes, and cells may have %s more (GLIMPSE_MEMORY_BUDGET_BYTES).'],
  GLIMPSE_MODEL_INVALID: [422, 'The model cannot be served: %s'],
  GLIMPSE_NOT_QUANTISABLE: [422, 'The model cannot be quantised: %s'],
  GLIMPSE_QUANTISED_WORSE: [422, 'The quantised model is worse than it may be: %s'],
  GLIMPSE_MODEL_FILE_INVALID: [422, 'The model file cannot be read: %s'],
  GLIMPSE_MODEL_FILE_TOO_LARGE: [413, 'The model files hold more than %s bytes (GLIMPSE_MAX_ARTIFACT_BYTES).'],
  GLIMPSE_MODEL_UNSUPPORTED: [422, 'The model cannot be turned into ONNX: %s'],
  GLIMPSE_MODEL_UNCLEAR: [422, 'What is said of the model does not suffice, or does not fit: %s'],
  GLIMPSE_EXPORT_UNSUPPORTED: [422, 'The version cannot be exported in that form: %s.'],
  GLIMPSE_SELF_TEST_FAILED: [422, 'The version does not pass its self-test: %s'],
  GLIMPSE_REFERENCE_INVALID: [422, 'The reference %s cannot be used: %s'],
  GLIMPSE_REFERENCE_MISMATCH: [422, 'No contract makes what the references hold: %s'],
  GLIMPSE_REFERENCE_AMBIGUOUS: [422, 'The references leave open what the contract says of %s'],
  GLIMPSE_EXAMPLES_INVALID: [422, 'The examples cannot be used: %s'],
  GLIMPSE_EXAMPLES_MISMATCH: [422, 'No preprocessing has the examples answered rightly: %s'],
  GLIMPSE_EXAMPLES_AMBIGUOUS: [422, 'The examples leave open how images are prepared: %s'],
  // repository
  GLIMPSE_MANIFEST_INVALID: [422, 'The manifest of %s is not valid: %s'],
  GLIMPSE_CHECKSUM_MISMATCH: [422, 'The bytes of %s are not those its manifest names.'],
  GLIMPSE_FILE_MISSING: [422, '%s is named in the manifest but is not in the store.'],
  GLIMPSE_OBJECT_TOO_LARGE: [422, '%s has %s bytes; at most %s are read.'],
  GLIMPSE_STORE_KEY_INVALID: [400, 'The key "%s" is not usable in a store.'],
  GLIMPSE_STORE_UNAVAILABLE: [503, 'The store %s did not answer: %s'],
  GLIMPSE_STORE_NOT_CONDITIONAL: [503, 'The store %s does not enforce conditional writes, so two publishers could overwrite each other. Set GLIMPSE_S3_CONDITIONAL_WRITES=off only if there is a single writer.'],
  GLIMPSE_STORE_URI_INVALID: [400, '"%s" is neither a folder nor s3://bucket/prefix.'],
  GLIMPSE_PUBLISH_CONFLICT: [409, 'Another publisher kept taking the version numbers of "%s"; try again.'],
  // training
  GLIMPSE_JOB_NOT_FOUND: [404, 'There is no job "%s".'],
  GLIMPSE_SHEET_NOT_FOUND: [404, 'Job "%s" has no contact sheet: it looked at no dataset and trained no net, or had nothing to show.'],
  GLIMPSE_JOB_FOREIGN: [503, 'Job "%s" was written by another version of Glimpse, and this one cannot read it: %s'],
  GLIMPSE_JOBS_UNAVAILABLE: [503, 'No job can be handed to the workers: %s'],
  GLIMPSE_JOB_FINISHED: [409, 'Job "%s" has ended already (%s).'],
  GLIMPSE_TRAINING_QUEUE_FULL: [429, '%s jobs are waiting already (GLIMPSE_TRAIN_QUEUE_SIZE).'],
  GLIMPSE_IDEMPOTENCY_CONFLICT: [409, 'This Idempotency-Key was used for a different request.'],
  GLIMPSE_ARCHITECTURE_INVALID: [400, 'The architecture is not valid at %s: %s'],
  GLIMPSE_BACKBONE_INVALID: [400, 'The backbone %s cannot be learnt on top of: %s'],
  GLIMPSE_HYPERPARAMETER_INVALID: [400, 'The hyperparameter %s is not valid: %s'],
  GLIMPSE_DATASET_NOT_FOUND: [404, 'There is no dataset at %s.'],
  GLIMPSE_DATASET_AMBIGUOUS: [400, 'Several datasets begin like %s; give more of the digest.'],
  GLIMPSE_DATASET_FORBIDDEN: [403, 'The dataset %s lies outside the allowed root (GLIMPSE_DATASET_ROOT).'],
  GLIMPSE_DATASET_URI_FORBIDDEN: [403, 'The dataset %s is neither in the bucket and prefix of the repository nor under one of GLIMPSE_DATASET_URIS.'],
  GLIMPSE_DATASET_INVALID: [422, 'The dataset cannot be read: %s'],
  GLIMPSE_DATASET_EMPTY: [422, 'The dataset holds no usable example.'],
  GLIMPSE_DATASET_TOO_LARGE: [413, 'The dataset holds more than %s examples (GLIMPSE_MAX_EXAMPLES).'],
  GLIMPSE_DATASET_UNFINISHED: [409, 'The writer of the dataset %s has not finished: "_temporary" is there, but no "_SUCCESS".'],
  GLIMPSE_ARCHIVE_UNSAFE: [422, 'The archive is refused because of its entry "%s": %s.'],
  GLIMPSE_ARCHIVE_TOO_LARGE: [413, 'The archive or folder holds more than %s (%s).'],
  GLIMPSE_ROW_UNUSABLE: [422, 'The row cannot be used: %s'],
  GLIMPSE_OUTPUT_FORBIDDEN: [403, 'Nothing may be written to %s: %s.'],
  GLIMPSE_OUTPUT_TAKEN: [409, 'The place %s is taken: %s.'],
  GLIMPSE_OUTPUT_UNWRITABLE: [422, 'The place %s cannot be written: %s'],
  GLIMPSE_TOO_MANY_BAD_ROWS: [422, '%s of %s rows are not usable; at most %s may be (maxBadRows).'],
  GLIMPSE_TRAINING_DIVERGED: [422, 'The loss is not a number any more in epoch %s, step %s; try a smaller learning rate.'],
  GLIMPSE_SERVED_GAP: [422, 'Nothing was published: of the examples %s of %s are right as they were read, and %s when they are sent as images. Likely: %s.'],
  GLIMPSE_NOT_PUBLISHED: [503, 'The net is trained and kept on this machine, but is not published: %s'],
  GLIMPSE_NOTHING_TO_PUBLISH: [409, 'Job "%s" keeps no net that waits to be published (%s).'],
  GLIMPSE_SEARCH_PARAMETER_UNKNOWN: [400, 'A search cannot vary "%s"; %s'],
  GLIMPSE_SEARCH_RANGE_INVALID: [400, 'The range of %s is not valid: %s'],
  GLIMPSE_SEARCH_TOO_LARGE: [400, 'The search asks for %s trials; at most %s may be (GLIMPSE_SEARCH_MAX_TRIALS).'],
  GLIMPSE_SEARCH_WITHOUT_RESULT: [422, 'No trial of the search has figures: %s'],
  GLIMPSE_TRAINER_DIED: [500, 'The training process ended without an answer: %s'],
  GLIMPSE_TRAINING_MEMORY: [422, 'The training process used %s bytes of memory; the limit is %s (GLIMPSE_TRAIN_MEMORY_BYTES).'],
  GLIMPSE_DATA_DIR_IN_USE: [503, 'This server takes no jobs, because another one works on those of its data folder (GLIMPSE_DATA_DIR): %s. It takes over when that one ends.'],
  GLIMPSE_DATA_DIR_UNUSABLE: [503, 'This server cannot write its own data (GLIMPSE_DATA_DIR): %s'],
  GLIMPSE_DISK_FULL: [503, 'There is no space left on the disk: %s'],
  GLIMPSE_TRAINING_CANCELLED: [409, 'The job was cancelled.'],
} as const satisfies Record<`GLIMPSE_${string}`, readonly [status: number, sentence: string]>;

export type ErrorCode = keyof typeof errorCatalogue;

/** One argument for each `%s` of a sentence. */
type Arguments<Sentence extends string> = Sentence extends `${string}%s${infer Rest}`
  ? [string | number, ...Arguments<Rest>]
  : [];

type ErrorConstructors = {
  readonly [Code in ErrorCode]: FastifyErrorConstructor<
    { code: Code; statusCode: number },
    Arguments<(typeof errorCatalogue)[Code][1]>
  >;
};

/** `throw new errors.GLIMPSE_QUEUE_FULL(64)`: the code is the name, so one search finds all of it. */
export const errors: ErrorConstructors = buildConstructors();

/** Facts about one error for programs; sent as `details` of the response. */
export type ErrorDetails = Record<string, unknown>;

/** An error of the catalogue, as caught. */
export interface GlimpseError extends Error {
  readonly code: ErrorCode;
  readonly statusCode: number;
  readonly details?: ErrorDetails;
}

export function isGlimpseError(error: unknown): error is GlimpseError {
  if (!(error instanceof Error && 'code' in error)) return false;
  return typeof error.code === 'string' && isErrorCode(error.code);
}

/** Whether the catalogue has this code. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCatalogue, code);
}

/** Anything thrown as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** What anything thrown says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The same error with facts for machines attached, and its origin kept as `cause`. */
export function withDetails<E extends Error>(error: E, details: ErrorDetails, cause?: unknown): E {
  Object.assign(error, { details });
  if (cause !== undefined) error.cause = cause;
  return error;
}

/** Calls a listener; what it throws becomes a warning and stops nothing. */
export function notify(listener: () => void): void {
  try {
    listener();
  } catch (error) {
    warn(error);
  }
}

/** Prints an error that no caller receives as a warning of the process. */
export function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}

function buildConstructors(): ErrorConstructors {
  const constructors = Object.fromEntries(
    Object.entries(errorCatalogue).map(([code, [status, sentence]]) => [
      code,
      createError(code, sentence, status),
    ]),
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- keys and arguments follow from the table above
  return constructors as unknown as ErrorConstructors;
}
