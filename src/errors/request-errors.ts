import type { ErrorFamily } from './family.ts';

/** What is wrong with a request itself, whatever it asks for. */
// prettier-ignore
export const requestErrors = {
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
} as const satisfies ErrorFamily;
