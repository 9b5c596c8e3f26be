import type { ErrorResponse } from '../../error-handler.ts';

/** How TorchServe calls what went wrong, which its clients may look at: by our code where it has a word for that. */
const types: Partial<Record<ErrorResponse['error']['code'], string>> = {
  GLIMPSE_MODEL_NOT_FOUND: 'ModelNotFoundException',
  GLIMPSE_VERSION_NOT_FOUND: 'ModelVersionNotFoundException',
};

/** And else by the status. */
const typesByStatus: Readonly<Record<number, string>> = {
  401: 'InvalidKeyException',
  403: 'InvalidKeyException',
  404: 'ResourceNotFoundException',
  405: 'MethodNotAllowedException',
  409: 'ConflictStatusException',
  413: 'RequestEntityTooLargeException',
  429: 'ServiceUnavailableException',
  501: 'UnsupportedOperationException',
  503: 'ServiceUnavailableException',
};

/** An error as TorchServe answers it: its code is the status of the response. */
export function torchServeErrorOf({ code, message }: ErrorResponse['error'], status: number) {
  const otherwise = status < 500 ? 'BadRequestException' : 'InternalServerException';
  return { code: status, type: types[code] ?? typesByStatus[status] ?? otherwise, message };
}
