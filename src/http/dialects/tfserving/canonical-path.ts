/** An address of this API in any case; names of models and labels are left as they are. */
const address =
  /^(\/v1\/models)(\/[^/:?]*)?(?:(\/(?:versions|labels)\/)([^/:?]*))?(\/metadata|:(?:predict|classify|regress))?(?=\?|$)/i;

/**
 * The address as our routes are written: TensorFlow Serving does not look at the case of its own words. Most addresses are
 * ones of other APIs, or written as usual, and are looked at no longer than it takes to see that.
 */
export function canonicalPath(url: string): string {
  if (url.charCodeAt(2) !== digitOne || url.charCodeAt(3) !== slash) return url;
  return url.replace(
    address,
    (_, start: string, model = '', kind = '', version = '', end = '') =>
      `${start.toLowerCase()}${model}${kind.toLowerCase()}${version}${end.toLowerCase()}`,
  );
}

const digitOne = 0x31;
const slash = 0x2f;
